/* Preloaded into Reprise (LD_PRELOAD): a wall clock that every look at it sets back by an hour. The
 * monotonic clock goes on as it does. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

static _Atomic time_t steps;

static time_t wall(void)
{
	enum { START = 2000000000, HOUR = 3600 };
	return START - HOUR * atomic_fetch_add(&steps, 1);
}

int clock_gettime(clockid_t which, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) {
		*t = (struct timespec){.tv_sec = wall()};
		return 0;
	}
	if (!real)
		real = dlsym(RTLD_NEXT, "clock_gettime");
	return real(which, t);
}

/* allowed: defined here, not called */
time_t time(time_t *ret_now)
{
	time_t now = wall();
	if (ret_now)
		*ret_now = now;
	return now;
}

/* allowed: likewise */
int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	*t = (struct timeval){.tv_sec = wall()};
	return 0;
}
