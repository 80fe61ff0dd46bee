#include "proxy/controls.h"

/* The directive's argument in ms; quotes around it are tolerated (§5.2). */
static int64_t seconds_to_ms(struct slice text)
{
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
		text = slice_make(text.at + 1, text.len - 2);
	int64_t seconds = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return 0;
		if (seconds < INT32_MAX)
			seconds = seconds * 10 + (text.at[i] - '0');
	}
	return seconds * 1000;
}

static void read_directive(struct controls *c, struct slice directive)
{
	struct slice argument = directive;
	struct slice name = slice_trim(slice_cut(&argument, '='));
	if (slice_is_nocase(name, "no-cache"))
		c->no_cache = true;
	else if (slice_is_nocase(name, "no-store"))
		c->no_store = true;
	else if (slice_is_nocase(name, "only-if-cached"))
		c->only_if_cached = true;
	else if (slice_is_nocase(name, "max-age")) {
		int64_t age_ms = argument.at ? seconds_to_ms(slice_trim(argument)) : 0;
		/* Said twice: the stricter one. */
		if (c->max_age_ms < 0 || age_ms < c->max_age_ms)
			c->max_age_ms = age_ms;
	}
}

struct controls controls_read(const struct fields *fields)
{
	struct controls c = {.max_age_ms = -1};
	for (size_t i = 0; i < fields->count; i++) {
		if (!slice_is_nocase(fields->at[i].name, "Cache-Control"))
			continue;
		struct slice list = fields->at[i].value;
		while (list.at)
			read_directive(&c, slice_trim(slice_cut(&list, ',')));
	}
	if (fields_count(fields, slice_of("Cache-Control")) == 0)
		c.no_cache = fields_have_token(fields, slice_of("Pragma"), slice_of("no-cache"));
	return c;
}
