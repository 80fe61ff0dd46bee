/* A configuration file is written by people and templates: whatever is in it, it is loaded or
 * refused with lines, and what was loaded can be shown and loaded again, unless it has secrets. */
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

static bool has_secrets(const struct config *c)
{
	const struct config_upstream *u = &c->upstreams.items[0];
	return c->auth.keys.count > 0 || u->api_key ||
	       (strstr(u->url, "://") && strchr(u->url, '@'));
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
	/* Keys and passwords are masked, and a mask is none. */
	ensure((again == NULL) == has_secrets(c));
	return 0;
}
