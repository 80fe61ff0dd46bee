#include "proxy/header/compat_headers.h"

struct row {
	struct slice name;
	const char *value; /* NULL: any */
	enum alias_meaning meaning;
};

static const struct row ours[] = {
    {SLICE("X-Cache-Namespace"), NULL, ALIAS_SPACE},
    {SLICE("X-Cache-TTL"), NULL, ALIAS_TTL},
};

/* Cloudflare's, Helicone's, OpenRouter's, Braintrust's, Higress's, Portkey's. A key or seed that is
 * part of another cache's names is a namespace of ours: requests with different ones never meet
 * there, either. To skip a cache is neither to read nor to write it. */
static const struct row theirs[] = {
    {SLICE("cf-aig-cache-key"), NULL, ALIAS_SPACE},
    {SLICE("cf-aig-cache-ttl"), NULL, ALIAS_TTL},
    {SLICE("cf-aig-skip-cache"), "true", ALIAS_NO_STORE},
    {SLICE("cf-aig-skip-cache"), "false", ALIAS_NOTHING},
    {SLICE("Helicone-Cache-Enabled"), "true", ALIAS_NOTHING},
    {SLICE("Helicone-Cache-Enabled"), "false", ALIAS_NO_STORE},
    {SLICE("Helicone-Cache-Seed"), NULL, ALIAS_SPACE},
    {SLICE("X-OpenRouter-Cache"), "true", ALIAS_NOTHING},
    {SLICE("X-OpenRouter-Cache"), "false", ALIAS_NO_STORE},
    {SLICE("X-OpenRouter-Cache-Clear"), "true", ALIAS_NO_CACHE},
    {SLICE("X-OpenRouter-Cache-Clear"), "false", ALIAS_NOTHING},
    {SLICE("X-OpenRouter-Cache-TTL"), NULL, ALIAS_TTL},
    {SLICE("x-bt-cache-ttl"), NULL, ALIAS_TTL},
    {SLICE("x-bt-use-cache"), "always", ALIAS_NOTHING},
    {SLICE("x-bt-use-cache"), "auto", ALIAS_NOTHING},
    {SLICE("x-bt-use-cache"), "never", ALIAS_NO_STORE},
    {SLICE("x-higress-skip-ai-cache"), "on", ALIAS_NO_STORE},
    {SLICE("x-higress-skip-ai-cache"), "off", ALIAS_NOTHING},
    {SLICE("x-portkey-cache-force-refresh"), "true", ALIAS_NO_CACHE},
    {SLICE("x-portkey-cache-force-refresh"), "false", ALIAS_NOTHING},
    {SLICE("x-portkey-cache-namespace"), NULL, ALIAS_SPACE},
};

struct rows {
	const struct row *at;
	size_t count;
};

#define ROWS(table)                                                                                \
	(struct rows)                                                                              \
	{                                                                                          \
		(table), sizeof(table) / sizeof *(table)                                           \
	}

/* False: there is no such name in the table. */
static bool look_up(struct rows rows, struct slice name, struct slice value,
		    enum alias_meaning *ret_meaning)
{
	bool found = false;
	for (size_t i = 0; i < rows.count; i++) {
		const struct row *row = &rows.at[i];
		if (!slice_equal_nocase(name, row->name))
			continue;
		*ret_meaning = ALIAS_UNCLEAR;
		found = true;
		if (!row->value || slice_is_nocase(value, row->value)) {
			*ret_meaning = row->meaning;
			break;
		}
	}
	return found;
}

/* A name begins with one of three letters, and its third is one of seven: hardly any field of an
 * ordinary request has both. */
static bool may_be(struct slice name)
{
	if (name.len < 4)
		return false;
	char first = (char)(name.at[0] | 0x20);
	if (first != 'x' && first != 'c' && first != 'h')
		return false;
	switch (name.at[2] | 0x20) {
	case 'c': /* X-Cache- */
	case '-': /* cf- */
	case 'l': /* Helicone- */
	case 'o': /* X-OpenRouter- */
	case 'b': /* x-bt- */
	case 'h': /* x-higress- */
	case 'p': /* x-portkey- */
		return true;
	default:
		return false;
	}
}

bool alias_read(struct slice name, struct slice value, bool compat, enum alias_meaning *ret_meaning)
{
	return may_be(name) && (look_up(ROWS(ours), name, value, ret_meaning) ||
				(compat && look_up(ROWS(theirs), name, value, ret_meaning)));
}

bool alias_is(struct slice name, bool compat)
{
	enum alias_meaning meaning;
	return alias_read(name, slice_of(""), compat, &meaning);
}
