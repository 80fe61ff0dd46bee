/* Preloaded into Reprise (LD_PRELOAD): lets one chosen allocation of the process fail, whoever
 * asks, libraries included. The test and the process share a file, named by FAIL_MEMORY:
 *
 *     countdown   the test sets it to n; the n-th allocation from there fails, and takes it to 0
 *     size        what that allocation wanted, in bytes
 *
 * A countdown that is still above 0 when the request is over says that there are no n allocations.
 * Only what grows or makes memory counts; free does not. Threads: any. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct control {
	_Atomic int64_t countdown;
	_Atomic int64_t size;
};

static struct control *control;

/* Before there is the real calloc, dlsym needs memory itself. It is never given back. */
static char early[8192];
static size_t early_used;

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void *(*real_memalign)(size_t, size_t);
static void (*real_free)(void *);

static bool is_early(const void *at)
{
	return (const char *)at >= early && (const char *)at < early + sizeof early;
}

static void *take_early(size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	if (need > sizeof early - early_used)
		return NULL;
	void *at = early + early_used;
	early_used += need;
	return at;
}

__attribute__((constructor)) static void find_control(void)
{
	const char *path = getenv("FAIL_MEMORY");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *at = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	control = at == MAP_FAILED ? NULL : at;
}

static void find_real(void)
{
	static bool looking;
	if (real_free || looking)
		return;
	looking = true;
	real_malloc = dlsym(RTLD_NEXT, "malloc");
	real_calloc = dlsym(RTLD_NEXT, "calloc");
	real_realloc = dlsym(RTLD_NEXT, "realloc");
	real_memalign = dlsym(RTLD_NEXT, "memalign");
	real_free = dlsym(RTLD_NEXT, "free");
}

static bool fails(size_t size)
{
	if (!control || atomic_load_explicit(&control->countdown, memory_order_relaxed) <= 0)
		return false;
	if (atomic_fetch_sub(&control->countdown, 1) != 1)
		return false;
	atomic_store(&control->size, (int64_t)size);
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	find_real();
	if (!real_malloc)
		return take_early(size);
	return fails(size) ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	find_real();
	if (!real_calloc)
		return take_early(count * size);
	return fails(count * size) ? NULL : real_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
	find_real();
	if (is_early(at))
		abort();
	return fails(size) ? NULL : real_realloc(at, size);
}

void *reallocarray(void *at, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(at, bytes);
}

void *memalign(size_t alignment, size_t size)
{
	find_real();
	return fails(size) ? NULL : real_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **ret_at, size_t alignment, size_t size)
{
	void *at = memalign(alignment, size);
	if (!at)
		return ENOMEM;
	*ret_at = at;
	return 0;
}

void free(void *at)
{
	find_real();
	if (at && !is_early(at) && real_free)
		real_free(at);
}
