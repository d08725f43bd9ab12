# SPDX-License-Identifier: MIT
#
# One file for the whole tree. `make` builds the programs into build/release/bin,
# `make check` tests everything, `make demo` shows a pipeline.
#
# Variables: CC CFLAGS LDFLAGS PREFIX DESTDIR, SANITIZE=address,undefined, COVERAGE=1,
# WERROR=1|0 (default: 1 in a git checkout and in CI, for a released tarball must
# build with compilers that did not exist when it was made), V=1 to see the commands, BENCH='options of
# tests/bench/run'.

VERSION = 0.1.0
# In the order in which records meet them.
COMMANDS = simulate ingest transform validate dedupe apply aggregate exec write checkpoint diff
PKGS = rdkafka libzstd zlib jansson libxxhash libpcre2-8 libutf8proc yaml-0.1
LIBS_NO_PC = -lcsv -lgmp -lm -ldl

CC = cc
AR = ar
CFLAGS = -O2 -g
PREFIX = /usr/local
bindir = $(PREFIX)/bin
mandir = $(PREFIX)/share/man
docdir = $(PREFIX)/share/doc/medal
bashdir = $(PREFIX)/share/bash-completion/completions
INSTALL = install
WERROR = $(if $(or $(CI),$(wildcard .git)),1)

comma = ,
CONFIG = $(if $(SANITIZE),san-$(subst $(comma),-,$(SANITIZE)),$(if $(COVERAGE),coverage,release))$(if \
	$(filter-out cc gcc,$(notdir $(firstword $(CC)))),-$(notdir $(firstword $(CC))))
B = build/$(CONFIG)
Q = $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@printf '  %-5s %s\n' $(1) $(2),@:)

# What the compiler knows is found out once and kept in $(B)/flags.mk.
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wwrite-strings -Wformat=2 \
	-Wconversion -Wpointer-arith -Wvla -Wimplicit-fallthrough \
	-Werror=implicit-function-declaration -Wtrampolines -Wbidi-chars=any
HARDEN = -fstrict-flex-arrays=3 -fstack-clash-protection -fstack-protector-strong -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
HARDEN_LD = -Wl,-z,nodlopen -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now
# No FORTIFY under a sanitizer, which checks the same calls better.
FORTIFY = $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)

BASE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -Ilib -include lib/base/banned.h -DMEDAL_VERSION='"$(VERSION)"' \
	$(OK_WARN) -Werror=format-security $(if $(filter 1,$(WERROR)),-Werror) $(OK_HARDEN) -fPIE $(PKG_CFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(COVERAGE),--coverage)
ALL_CFLAGS = $(CFLAGS) $(BASE_CFLAGS) $(FORTIFY)
ALL_LDFLAGS = -pie $(OK_HARDEN_LD) $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(if $(COVERAGE),--coverage) \
	-Wl,--as-needed $(LDFLAGS)
LDLIBS = $(PKG_LIBS) $(LIBS_NO_PC) -lpthread

LIB_SRC = $(wildcard lib/*/*.c)
BINS = $(foreach c,$(COMMANDS),$(if $(wildcard cmd/medal-$(c).c),$(B)/bin/medal-$(c)))
UNITS = $(patsubst tests/unit/%.c,$(B)/test/%,$(wildcard tests/unit/test_*.c))
REPLAYS = $(patsubst tests/fuzz/%.c,$(B)/test/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS = $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
SHIMS = $(patsubst tests/fault/%.c,$(B)/test/%.so,$(wildcard tests/fault/*.c))
KAFKA_TOOL = $(B)/test/kafka_admin
obj = $(patsubst %.c,$(B)/%.o,$(1))
LIB = $(B)/libmedal.a
RUN = MEDAL_BUILD='$(abspath $(B))' CC='$(CC)' tests/run

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check check-all check-unit check-cmd check-fault check-systems check-spark check-kafka check-long fuzz run-fuzz bench demo \
	run-demo lint tidy format coverage install uninstall dist clean deps FORCE

# tests/run preloads it in a build for ThreadSanitizer
C11_THREADS = $(if $(findstring thread,$(SANITIZE)),$(B)/test/c11_threads.so)

all: $(LIB) $(BINS) $(C11_THREADS)

# ---- compile and link ----

# The goals below need no compiler, and `deps` may be what brings it.
ifneq ($(filter-out check demo deps clean dist uninstall lint tidy format fuzz,$(or $(MAKECMDGOALS),all)),)
include $(B)/flags.mk
endif

$(B)/flags.mk: Makefile
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' >$(B)/probe.c
	@ok() { v=$$1; shift; l=; for f; do \
	    $(CC) -Werror $$f $(B)/probe.c -o $(B)/probe >/dev/null 2>&1 && l="$$l $$f"; done; \
	    echo "$$v =$$l"; }; \
	{ ok OK_WARN $(WARN); ok OK_HARDEN $(HARDEN); ok OK_HARDEN_LD $(HARDEN_LD); \
	  c=$$(pkg-config --cflags $(PKGS)) && l=$$(pkg-config --libs $(PKGS)) && \
	  echo "PKG_CFLAGS = $$c" && echo "PKG_LIBS = $$l"; } >$@.tmp || \
	  { echo "medal: a library is missing; 'make deps' installs what medal needs" >&2; exit 1; }
	@rm -f $(B)/probe*; mv $@.tmp $@

# Objects are rebuilt when the flags change, and not when another line of this file does.
$(B)/cflags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' | cmp -s - $@ || echo '$(subst ','\'',$(CC) $(ALL_CFLAGS))' >$@

# The hot loops: more unrolling pays here and nowhere else.
$(B)/lib/json/scan%.o: FILE_CFLAGS = -O3
$(B)/lib/base/java_math.o: FILE_CFLAGS = -ffp-contract=off
$(B)/tests/unit/%.o: FILE_CFLAGS = -Itests/unit

$(B)/%.o: %.c $(B)/cflags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(FILE_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcs $@ $^

$(B)/bin/%: $(B)/cmd/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(ALL_LDFLAGS) $(LDLIBS)

$(B)/test/test_%: $(B)/tests/unit/test_%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $< $(LIB) $(ALL_LDFLAGS) -lcmocka $(LDLIBS)

# A harness with a main of ours: replays the seeds without a fuzzing engine.
$(B)/test/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/standalone.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(ALL_LDFLAGS) $(LDLIBS)

# What a fault test preloads into the programs.
$(B)/test/%.so: tests/fault/%.c tests/fault/mark.h
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -std=gnu11 -D_GNU_SOURCE $(OK_WARN) -fPIC -shared -o $@ $< -ldl

# What the tests do to a broker.
$(KAFKA_TOOL): tests/kafka/admin.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -std=gnu11 -D_GNU_SOURCE $(OK_WARN) -o $@ $< -lrdkafka

-include $(wildcard $(B)/lib/*/*.d $(B)/cmd/*.d $(B)/tests/*/*.d)

compile_commands.json: $(B)/cflags FORCE
	$(Q)python3 -c 'import json, os, shlex, sys; \
	  flags = shlex.split(open(sys.argv[1]).read()); \
	  json.dump([{"directory": os.getcwd(), "file": f, "arguments": flags + ["-c", f]} for f in sys.argv[2:]], \
	            open("compile_commands.json", "w"), indent=1)' $< $(LIB_SRC) $(wildcard cmd/*.c tests/unit/*.c tests/fuzz/*.c)

# ---- test ----

# Each of the two commands of the README brings what it needs.
# In CI also under the sanitizers, first: what they find must not hide behind a long run.
check:
	@tests/deps.sh --oracles
	@$(if $(CI),$(MAKE) --no-print-directory SANITIZE=address$(comma)undefined check-unit check-cmd)
	@$(MAKE) --no-print-directory check-all
demo: deps
	@$(MAKE) --no-print-directory run-demo
deps:
	@tests/deps.sh

check-all: all $(UNITS) $(REPLAYS) $(SHIMS) $(KAFKA_TOOL)
	@$(RUN)
check-unit: $(UNITS) $(REPLAYS) $(C11_THREADS)
	@$(RUN) unit fuzz
check-cmd: all
	@$(RUN) $(COMMANDS)
check-fault: all $(SHIMS)
	@$(RUN) fault
check-systems: all $(KAFKA_TOOL)
	@$(RUN) systems
check-spark: all
	@$(RUN) spark
check-kafka: all $(SHIMS) $(KAFKA_TOOL)
	@$(RUN) kafka
check-long: all $(SHIMS) $(KAFKA_TOOL)
	@$(RUN) long
lint:
	@$(MAKE) --no-print-directory all
	@$(RUN) lint
# With flags that clang knows; TIDY=lib/base/opt.c for one file.
TIDY = $(LIB_SRC) $(wildcard cmd/*.c)
tidy:
	clang-tidy --quiet $(TIDY) -- -std=gnu11 -D_GNU_SOURCE -Ilib -include lib/base/banned.h -DMEDAL_VERSION='"$(VERSION)"'
format:
	clang-format -i $(wildcard lib/*/*.[ch] cmd/*.[ch] tests/*/*.[ch])
run-demo: all
	@PATH="$(abspath $(B))/bin:$$PATH" tests/demo.sh
bench: all
	@PATH="$(abspath $(B))/bin:$$PATH" tests/bench/run $(BENCH)

coverage:
	-$(Q)$(MAKE) --no-print-directory COVERAGE=1 CFLAGS='-O0 -g' check-unit check-cmd
	$(Q)cd build/coverage && find lib cmd -name '*.gcda' -exec gcov -rs '$(CURDIR)' {} + 2>/dev/null | \
	  awk -F"[':% ]+" '/^File/ { f = $$2 } /^Lines executed/ && f ~ /^(lib|cmd)\// { print $$3 "%\t" f; f = "" }' | \
	  sort -n | tee coverage.txt

# Runs each harness for FUZZ_SECONDS on top of its seeds; what it finds goes to build/fuzz/.
FUZZ_SECONDS = 60
fuzz:
	@$(MAKE) --no-print-directory CC=clang WERROR=0 SANITIZE=fuzzer-no-link,address,undefined run-fuzz
run-fuzz: $(FUZZERS)
	$(Q)for f in $(FUZZERS); do n=$${f##*/}; mkdir -p build/fuzz/$$n && echo "$$n, $(FUZZ_SECONDS) s" && \
	  $$f -verbosity=0 -print_final_stats=1 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/$$n- \
	    build/fuzz/$$n tests/fuzz/seeds/$${n#fuzz_} || exit 1; done
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $< $(LIB) $(ALL_LDFLAGS) $(LDLIBS)

# ---- install and release ----

MAN_SECTIONS = 1 5 7
install: all
	$(Q)$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(bashdir)' '$(DESTDIR)$(docdir)/examples'
	$(Q)for f in $(BINS); do $(INSTALL) $$f '$(DESTDIR)$(bindir)' || exit 1; done
	$(Q)for s in $(MAN_SECTIONS); do set -- man/*.$$s; [ -e "$$1" ] || continue; \
	  $(INSTALL) -d '$(DESTDIR)$(mandir)'/man$$s && \
	  $(INSTALL) -m 644 "$$@" '$(DESTDIR)$(mandir)'/man$$s; done
	$(Q)$(INSTALL) -m 644 man/medal.bash '$(DESTDIR)$(bashdir)/medal'
	$(Q)for c in $(notdir $(BINS)); do ln -sf medal '$(DESTDIR)$(bashdir)'/$$c; done
	$(Q)$(INSTALL) -m 644 README.md '$(DESTDIR)$(docdir)'
	$(Q)for d in tests/systems/*/; do [ -d "$$d" ] || continue; \
	  cp -R "$$d" '$(DESTDIR)$(docdir)/examples'; done

uninstall:
	$(Q)for c in $(COMMANDS); do rm -f '$(DESTDIR)$(bindir)'/medal-$$c '$(DESTDIR)$(bashdir)'/medal-$$c; done
	$(Q)rm -f '$(DESTDIR)$(bashdir)/medal'
	$(Q)for s in $(MAN_SECTIONS); do for f in man/*.$$s; do \
	  rm -f '$(DESTDIR)$(mandir)'/man$$s/"$${f##*/}"; done; done
	$(Q)rm -rf '$(DESTDIR)$(docdir)'

dist:
	$(Q)mkdir -p build && git archive --format=tar.gz --prefix=medal-$(VERSION)/ -o build/medal-$(VERSION).tar.gz HEAD
	@echo build/medal-$(VERSION).tar.gz

clean:
	rm -rf build compile_commands.json

FORCE:
