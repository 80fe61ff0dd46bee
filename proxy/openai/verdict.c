#include "proxy/openai/verdict.h"

#include "base/ensure.h"

static const char *const texts[] = {
#define VERDICT(name, text) [VERDICT_##name] = text,
#include "proxy/openai/verdict.def"
#undef VERDICT
};

_Static_assert(sizeof(texts) / sizeof(texts[0]) == VERDICTS, "a text for each verdict");

const char *verdict_text(enum verdict v)
{
	ensure(v < VERDICTS);
	return texts[v];
}
