#include "proxy/failure.h"

#include "base/ensure.h"

static const struct failure_row rows[FAILURES] = {
#define FAILURE(name, status, type, code, sentence)                                                \
	[FAILURE_##name] = {status, type, code, sentence},
#include "proxy/failure.def"
#undef FAILURE
};

const struct failure_row *failure_row(enum failure f)
{
	ensure(f > FAILURE_NONE && f < FAILURES);
	return &rows[f];
}

int failure_retry_s(unsigned status)
{
	return status == 429 || status == 503 ? 1 : -1;
}
