# SPDX-License-Identifier: MIT
"""What a network does to the way between medal and a broker, for tests: `kafka-local start --proxied` gives a broker that
sends its clients here. Kafka's frames are known by their length, requests by their API and answers by their request's,
so that a test says what happens to which of them, and nothing depends on time:

    proxy = Proxy(port)                       # the cluster's base port
    proxy.rule = once(FETCH, 2, ANSWER, RESET)
    ...
    proxy.heal()                              # what is held goes on

A rule is called for each frame, in one order for all connections, with its API, its way (REQUEST or ANSWER), its number
among those of this API and way since the rule was set, and its bytes. It answers PASS, bytes to send instead, or:

    HOLD    this frame and what follows on the connection waits until heal(), as where packets get lost for a while
    DEAD    the connection stays open, and nothing comes through it any more (half-open)
    RESET   the connection is reset; the frame is lost

`delay` (seconds for each frame), `rate` (bytes a second of answers), `closed` (nobody listens) and `holding` (all
connections hold, new ones too) are of all connections."""
import select
import socket
import struct
import threading
import time

PRODUCE, FETCH, LIST_OFFSETS, METADATA, FIND_COORDINATOR = 0, 1, 2, 3, 10
VERSIONS, INIT_PRODUCER, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSETS = 18, 22, 24, 25, 26, 28
REQUEST, ANSWER = "request", "answer"
PASS, HOLD, DEAD, RESET = "pass", "hold", "dead", "reset"


def once(api, number, way, action):
    """The rule that does ACTION to one frame; RULE.met tells whether it came."""
    def rule(an_api, a_way, a_number, frame):
        if (an_api, a_way, a_number) != (api, way, number):
            return PASS
        rule.met = True
        return action(frame) if callable(action) else action
    rule.met = False
    return rule


class Connection:
    def __init__(self, client, broker):
        self.client, self.broker = client, broker
        self.apis = {}  # of what was asked, by correlation id
        self.dead = self.ended = self.reset = False
        self.pumps = 2

    def end(self, reset):
        self.ended, self.reset = True, self.reset or reset

    def leave(self):
        """The second pump closes; while one reads, no reset would go out."""
        self.pumps -= 1
        if self.pumps:
            return
        for s in (self.client, self.broker):
            if self.reset:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()

    def read(self, s, n):
        got = b""
        while len(got) < n and not self.ended:
            if not select.select([s], [], [], 0.02)[0]:
                continue
            piece = s.recv(n - len(got))
            if not piece:
                return None
            got += piece
        return got if len(got) == n else None

    def frame(self, s):
        head = self.read(s, 4)
        body = head and self.read(s, struct.unpack(">I", head)[0])
        return head + body if body else None


class Proxy:
    def __init__(self, port):
        self.port, self.target = port + 19, ("127.0.0.1", port + 9)
        self.lock = threading.Condition()
        self.delay, self.rate, self.holding = 0.0, 0, False
        self.accepted = 0
        self._rule, self.counts = None, {}
        self.connections = []
        self.listener = None
        self.listen()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    @property
    def rule(self):
        return self._rule

    @rule.setter
    def rule(self, rule):
        with self.lock:
            self._rule, self.counts = rule, {}

    def heal(self):
        """Everything passes; what was held, too."""
        with self.lock:
            self._rule, self.delay, self.rate, self.holding = None, 0.0, 0, False
            self.lock.notify_all()
        self.listen()

    def wait(self, what, seconds=60):
        """Until WHAT() is true."""
        with self.lock:
            if not self.lock.wait_for(what, seconds):
                raise TimeoutError("waited in vain")

    def listen(self):
        if self.listener:
            return
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def close(self):
        """Nobody listens, and what was connected is reset."""
        with self.lock:
            listener, self.listener = self.listener, None
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self.reset_all()

    def reset_all(self):
        with self.lock:
            for c in self.connections:
                c.end(True)
            self.connections = []
            self.lock.notify_all()

    def kill_all(self):
        """All connections are half-open now."""
        with self.lock:
            for c in self.connections:
                c.dead = True

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            for s in (client, broker):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            c = Connection(client, broker)
            with self.lock:
                if self.listener is not listener:  # it came in the last moment
                    c.end(True)
                self.accepted += 1
                self.connections.append(c)
                self.lock.notify_all()
            for way in (REQUEST, ANSWER):
                threading.Thread(target=self.pump, args=(c, way), daemon=True).start()

    def pump(self, c, way):
        source, to = (c.client, c.broker) if way == REQUEST else (c.broker, c.client)
        try:
            while self.pass_on(c, way, source, to):
                pass
        except OSError:
            pass
        with self.lock:
            if not c.dead:
                c.end(False)
            elif not c.ended:  # its other end may go, and nobody hears of it
                self.lock.wait_for(lambda: c.ended)
            c.leave()
            self.lock.notify_all()

    def pass_on(self, c, way, source, to):
        frame = c.frame(source)
        if not frame:
            return False
        action = self.judge(c, self.api_of(c, way, frame), way, frame)
        if action == DEAD:
            c.dead = True
        if c.dead or c.ended:
            return not c.ended
        if action == RESET:
            c.end(True)
            return False
        self.send(to, frame if isinstance(action, str) else action, way)
        return True

    @staticmethod
    def api_of(c, way, frame):
        if way == ANSWER:
            return c.apis.pop(frame[4:8], -1)
        c.apis[frame[8:12]] = struct.unpack(">h", frame[4:6])[0]
        return c.apis[frame[8:12]]

    def judge(self, c, api, way, frame):
        with self.lock:
            if c.ended:  # of a run before
                return DEAD
            n = self.counts[api, way] = self.counts.get((api, way), 0) + 1
            action = self._rule(api, way, n, frame) if self._rule else PASS
            self.lock.notify_all()
            held = self._rule
            if action == HOLD:
                self.lock.wait_for(lambda: self._rule is not held or c.ended)
            self.lock.wait_for(lambda: not self.holding or c.ended)
        return action

    def send(self, to, frame, way):
        if self.delay:
            time.sleep(self.delay)
        if not self.rate or way == REQUEST:
            to.sendall(frame)
            return
        piece = max(1, self.rate // 50)
        for i in range(0, len(frame), piece):
            if not self.rate:
                to.sendall(frame[i:])
                return
            to.sendall(frame[i:i + piece])
            time.sleep(piece / self.rate)
