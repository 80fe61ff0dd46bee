/* Failures: what can go wrong with a request here, as its client hears it. One list (failure.def)
 * makes the enum and the texts. Any thread. */
#pragma once

enum failure {
	FAILURE_NONE,
#define FAILURE(name, status, type, code, sentence) FAILURE_##name,
#include "proxy/failure.def"
#undef FAILURE
	FAILURES
};

struct failure_row {
	unsigned status;
	const char *type;
	const char *code;
	const char *sentence;
};

/* The row of any failure but NONE. */
const struct failure_row *failure_row(enum failure f);

/* What Retry-After says with an error of ours, in seconds; -1: nothing, since time alone would not
 * help. */
int failure_retry_s(unsigned status);
