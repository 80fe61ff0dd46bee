#include "proxy/guard.h"

/* Fields that decide about whose request it is, or how its body is to be read. */
static const struct slice single[] = {
    SLICE("Authorization"),  SLICE("Content-Type"), SLICE("Cookie"),
    SLICE("X-Api-Key"),	     SLICE("Api-Key"),	    SLICE("OpenAI-Organization"),
    SLICE("OpenAI-Project"), SLICE("Expect"),
};

const char *guard_refusal(const struct fields *fields)
{
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (fields_count(fields, single[i]) > 1)
			return "A header field that may stand once stands there twice.";
	return NULL;
}
