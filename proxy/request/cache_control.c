#include "proxy/request/cache_control.h"

#include "proxy/header/compat_headers.h"

/* Lowers *ms to other_ms; -1 is no bound. */
static void bound(int64_t *ms, int64_t other_ms)
{
	if (other_ms >= 0 && (*ms < 0 || other_ms < *ms))
		*ms = other_ms;
}

/* Two different namespaces are unclear. */
static void set_space(struct cache_control *c, struct slice space)
{
	if (space.len == 0)
		return;
	if (space.len > sizeof c->space ||
	    (c->space_len && !slice_equal(cache_control_space(c), space))) {
		c->unclear = true;
		return;
	}
	memcpy(c->space, space.at, space.len);
	c->space_len = space.len;
}

/* A directive's argument in ms; it may be quoted (§5.2). */
static int64_t age_of(struct slice text)
{
	if (text.len >= 2 && text.at[0] == '"' && text.at[text.len - 1] == '"')
		text = slice_make(text.at + 1, text.len - 2);
	int64_t ms = cache_member_seconds(text);
	return ms < 0 ? 0 : ms;
}

static void read_directive(struct cache_control *c, struct slice directive)
{
	struct slice argument = directive;
	struct slice name = slice_trim(slice_cut(&argument, '='));
	if (slice_is_nocase(name, "no-cache"))
		c->no_cache = true;
	else if (slice_is_nocase(name, "no-store"))
		c->no_store = true;
	else if (slice_is_nocase(name, "only-if-cached"))
		c->only_if_cached = true;
	else if (slice_is_nocase(name, "max-age"))
		bound(&c->max_age_ms, argument.at ? age_of(slice_trim(argument)) : 0);
}

static void read_directives(struct cache_control *c, struct slice list)
{
	while (list.at)
		read_directive(c, slice_trim(slice_cut(&list, ',')));
}

static void read_ttl(struct cache_control *c, struct slice value)
{
	int64_t ms = cache_member_seconds(value);
	c->unclear |= ms < 0;
	bound(&c->ttl_ms, ms);
}

static void read_compat_header(struct cache_control *c, const struct field *f, bool compat)
{
	enum compat_header_meaning meaning;
	struct slice value = slice_trim(f->value);
	if (!compat_header_read(f->name, value, compat, &meaning))
		return;
	switch (meaning) {
	case COMPAT_HEADER_NOTHING:
		break;
	case COMPAT_HEADER_NO_CACHE:
		c->no_cache = true;
		break;
	case COMPAT_HEADER_NO_STORE:
		c->no_store = true;
		break;
	case COMPAT_HEADER_TTL:
		read_ttl(c, value);
		break;
	case COMPAT_HEADER_SPACE:
		set_space(c, value);
		break;
	case COMPAT_HEADER_UNCLEAR:
		c->unclear = true;
		break;
	}
}

static struct cache_control unset(void)
{
	return (struct cache_control){.max_age_ms = -1, .ttl_ms = -1};
}

struct cache_control cache_control_read(const struct fields *fields, bool compat)
{
	struct cache_control c = unset();
	bool directed = false;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		if (slice_is_nocase(f->name, "Cache-Control")) {
			directed = true;
			read_directives(&c, f->value);
		} else {
			read_compat_header(&c, f, compat);
		}
	}
	if (!directed)
		c.no_cache |= fields_have_token(fields, slice_of("Pragma"), slice_of("no-cache"));
	return c;
}

void cache_control_add(struct cache_control *c, const struct cache_member *member)
{
	c->unclear |= member->unclear;
	c->no_cache |= member->no_cache;
	c->no_store |= member->no_store;
	bound(&c->ttl_ms, member->ttl_ms);
	bound(&c->max_age_ms, member->max_age_ms);
	set_space(c, slice_make(member->space, member->space_len));
}

void cache_control_bound(struct cache_control *c, enum config_client_control mode)
{
	switch (mode) {
	case CONFIG_CLIENT_HONOUR:
		break;
	case CONFIG_CLIENT_RESTRICT:
		c->no_cache = false;
		c->max_age_ms = -1;
		break;
	case CONFIG_CLIENT_IGNORE:
		*c = unset();
		break;
	}
}
