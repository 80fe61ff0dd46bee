/* Until cache/fingerprint.c is there. */
#include "cache/fingerprint.h"

bool name_equal(const struct name *a, const struct name *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}
