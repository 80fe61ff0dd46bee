#include "config/describe_internal.h"

#include "config/options.h"
#include "config/value.h"

static bool put_member(struct buf *to, bool first, const char *name)
{
	return buf_printf(to, "%s%s: ", first ? "" : ", ", name);
}

static bool put_headers(struct buf *to, const struct config_rule *r)
{
	if (!buf_append_byte(to, '{'))
		return false;
	for (size_t i = 0; i < r->header_count; i++) {
		/* A token needs no escapes, and dollars in a key are not special. */
		bool fits = buf_printf(to, "%s\"%s\": ", i == 0 ? "" : ", ", r->headers[i].name) &&
			    put_text(to, r->headers[i].glob);
		if (!fits)
			return false;
	}
	return buf_append_byte(to, '}');
}

static bool put_match(struct buf *to, const struct config_rule *r)
{
	const struct {
		const char *name, *glob;
	} globs[] = {
	    {"model", r->model},
	    {"tenant", r->tenant},
	    {"namespace", r->namespace},
	};
	bool first = true, fits = true;
	if (r->endpoints.count) {
		fits = put_member(to, first, "endpoint") && put_list(to, &r->endpoints);
		first = false;
	}
	for (size_t i = 0; fits && i < sizeof globs / sizeof *globs; i++) {
		if (!globs[i].glob)
			continue;
		fits = put_member(to, first, globs[i].name) && put_text(to, globs[i].glob);
		first = false;
	}
	if (fits && r->header_count)
		fits = put_member(to, first, "header") && put_headers(to, r);
	return fits;
}

static bool put_tristate(struct buf *to, const char *name, int value)
{
	return value < 0 || buf_printf(to, "      %s: %s\n", name, value ? "true" : "false");
}

static bool put_rule(struct buf *to, const struct config_rule *r)
{
	bool fits =
	    buf_append_text(to, "    - match: {") && put_match(to, r) && buf_append_text(to, "}\n");
	if (fits && r->ttl_ms >= 0)
		fits = buf_append_text(to, "      ttl: ") &&
		       value_print_duration(to, (uint64_t)r->ttl_ms) && buf_append_byte(to, '\n');
	fits = fits && put_tristate(to, "store", r->store);
	if (fits && r->share >= 0)
		fits = buf_append_text(to, "      share: ") &&
		       value_print_choice(to, option_find("cache.share")->permitted,
					  (unsigned)r->share) &&
		       buf_append_byte(to, '\n');
	return fits && put_tristate(to, "sampled", r->sampled);
}

bool put_rules(struct buf *to, const struct config_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!put_rule(to, &rules->items[i]))
			return false;
	return true;
}
