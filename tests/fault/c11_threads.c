/* SPDX-License-Identifier: MIT
 *
 * For ThreadSanitizer: C11's threads, mutexes and conditions by pthread's, which are what glibc's are, too. The sanitizer
 * knows the latter alone; librdkafka uses the former, and a thread that begins unknown to it crashes. tests/run preloads
 * this where a build is for ThreadSanitizer.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
	thrd_start_t f;
	void *arg;
};

static void *run(void *p)
{
	struct start s = *(struct start *)p;
	free(p);
	return (void *)(intptr_t)s.f(s.arg);
}

static int result(int e)
{
	return e == 0           ? thrd_success
	       : e == EBUSY     ? thrd_busy
	       : e == ETIMEDOUT ? thrd_timedout
	       : e == ENOMEM    ? thrd_nomem
				: thrd_error;
}

int thrd_create(thrd_t *t, thrd_start_t f, void *arg)
{
	struct start *s = malloc(sizeof(*s));
	if (!s)
		return thrd_nomem;
	*s = (struct start){f, arg};
	int e = pthread_create(t, NULL, run, s);
	if (e)
		free(s);
	return result(e);
}

int thrd_join(thrd_t t, int *status)
{
	void *v = NULL;
	int e = pthread_join(t, &v);
	if (!e && status)
		*status = (int)(intptr_t)v;
	return result(e);
}

int mtx_init(mtx_t *m, int type)
{
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	if (type & mtx_recursive)
		pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	return result(pthread_mutex_init((pthread_mutex_t *)m, &a));
}

void mtx_destroy(mtx_t *m)
{
	pthread_mutex_destroy((pthread_mutex_t *)m);
}

int mtx_lock(mtx_t *m)
{
	return result(pthread_mutex_lock((pthread_mutex_t *)m));
}

int mtx_trylock(mtx_t *m)
{
	return result(pthread_mutex_trylock((pthread_mutex_t *)m));
}

int mtx_unlock(mtx_t *m)
{
	return result(pthread_mutex_unlock((pthread_mutex_t *)m));
}

int cnd_init(cnd_t *c)
{
	return result(pthread_cond_init((pthread_cond_t *)c, NULL));
}

void cnd_destroy(cnd_t *c)
{
	pthread_cond_destroy((pthread_cond_t *)c);
}

int cnd_signal(cnd_t *c)
{
	return result(pthread_cond_signal((pthread_cond_t *)c));
}

int cnd_broadcast(cnd_t *c)
{
	return result(pthread_cond_broadcast((pthread_cond_t *)c));
}

int cnd_wait(cnd_t *c, mtx_t *m)
{
	return result(pthread_cond_wait((pthread_cond_t *)c, (pthread_mutex_t *)m));
}

int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *t)
{
	return result(pthread_cond_timedwait((pthread_cond_t *)c, (pthread_mutex_t *)m, t));
}
