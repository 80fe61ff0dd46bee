#include "proxy/openai/verdict.h"

#include "base/ensure.h"

static const struct {
	const char *text;
	enum verdict_counter counter;
} rows[VERDICTS] = {
#define VERDICT(name, text, counter) [VERDICT_##name] = {text, COUNTS_##counter},
#include "proxy/openai/verdict.def"
#undef VERDICT
};

const char *verdict_text(enum verdict v)
{
	ensure(v < VERDICTS);
	return rows[v].text;
}

enum verdict_counter verdict_counter(enum verdict v)
{
	ensure(v < VERDICTS);
	return rows[v].counter;
}
