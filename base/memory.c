#include "base/memory.h"

#include "base/ensure.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

void *memory_zeroed(size_t size)
{
	void *got = calloc(1, size ? size : 1);
	ensure(got != NULL);
	return got;
}

char *memory_text(const char *text)
{
	return memory_copy(text, strlen(text));
}

char *memory_copy(const void *at, size_t len)
{
	char *got = memory_zeroed(len + 1);
	if (len)
		memcpy(got, at, len);
	return got;
}

void memory_hide(void)
{
	ensure(prctl(PR_SET_DUMPABLE, 0) == 0);
}

void memory_return_large(void)
{
	/* By default glibc raises the mmap threshold up to 32 MiB as such blocks are freed, and
	 * keeps up to twice as much at the top of the heap. */
	enum { LARGE = 512 << 10, KEPT = 1 << 20 };
	mallopt(M_MMAP_THRESHOLD, LARGE);
	mallopt(M_TRIM_THRESHOLD, KEPT);
}

void memory_forget(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

size_t memory_occupied(const void *at)
{
	/* glibc has a header of one word for each allocation, which malloc_usable_size excludes. */
	return at ? malloc_usable_size((void *)at) + sizeof(size_t) : 0;
}
