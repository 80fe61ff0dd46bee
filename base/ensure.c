#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

void ensure_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "reprise: %s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}
