/* A configuration file is written by people and templates: whatever is in it, it is loaded or
 * refused with lines, and what was loaded can be shown and loaded again, unless it has keys. */
#include "base/ensure.h"
#include "config/describe.h"
#include "config/load.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct config *load(struct slice text, struct buf *errors)
{
	static char *const environment[] = {"NAME=value", "EMPTY=", NULL};
	struct config_sources s = {.file = "f", .text = text, .environment = environment};
	return config_load(&s, errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_finish) struct buf errors = buf_make(1 << 16), shown = buf_make(1 << 22);
	struct slice text = slice_make(size ? (const char *)data : "", size);
	scoped(config_unref) struct config *c = load(text, &errors);
	ensure((c == NULL) == (errors.len > 0));
	if (!c)
		return 0;
	ensure(describe_config(c, &shown));
	scoped(config_unref) struct config *again = load(buf_slice(&shown), &errors);
	/* The keys of clients are masked, and a mask is no key. */
	ensure((again == NULL) == (c->auth.keys.count > 0));
	return 0;
}
