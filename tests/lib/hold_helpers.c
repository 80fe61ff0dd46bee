/* Preloaded into Reprise (LD_PRELOAD): its helper threads (proxy/thread_pool.h), which are the
 * first that it starts, begin to work once the process has got SIGUSR2. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct start {
	void *(*run)(void *context);
	void *context;
};

static sigset_t release;
static int started;

/* Before main, so that all threads have it blocked and it waits for who asks for it. */
__attribute__((constructor)) static void block(void)
{
	sigemptyset(&release);
	sigaddset(&release, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &release, NULL);
}

static void *run_later(void *context)
{
	struct start start = *(struct start *)context;
	int got;
	free(context);
	sigwait(&release, &got);
	/* The next one that waits gets it from us: signals of one kind may fall together. */
	kill(getpid(), SIGUSR2);
	return start.run(start.context);
}

static int helpers(void)
{
	enum { LEAST = 2, MOST = 4 };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores < LEAST ? LEAST : cores > MOST ? MOST : (int)cores;
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
		   void *(*run)(void *), void *restrict context)
{
	static int (*real)(pthread_t *restrict, const pthread_attr_t *restrict, void *(*)(void *),
			   void *restrict);
	if (!real)
		real = dlsym(RTLD_NEXT, "pthread_create");
	if (started++ >= helpers())
		return real(thread, attributes, run, context);
	struct start *start = malloc(sizeof *start);
	*start = (struct start){run, context};
	return real(thread, attributes, run_later, start);
}
