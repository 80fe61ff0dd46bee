/* Failures: what can go wrong with a request here, as its client is told. One list (failure.def)
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

/* The row of a failure other than NONE. */
const struct failure_row *failure_row(enum failure f);

/* The value of Retry-After, in seconds, for our own error with this status; -1: no such field,
 * since waiting alone would not help. */
int failure_retry_s(unsigned status);
