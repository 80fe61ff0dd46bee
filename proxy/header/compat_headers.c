#include "proxy/header/compat_headers.h"

struct row {
	struct slice name;
	const char *value; /* NULL: any */
	enum compat_header_meaning meaning;
};

static const struct row ours[] = {
    {SLICE("X-Cache-Namespace"), NULL, COMPAT_HEADER_SPACE},
    {SLICE("X-Cache-TTL"), NULL, COMPAT_HEADER_TTL},
};

/* Cloudflare's, Helicone's, OpenRouter's, Braintrust's, Higress's, Portkey's. A key or seed that is
 * part of another cache's keys is a namespace here: there too, requests with different ones never
 * share an entry. To skip a cache is neither to read nor to write it. */
static const struct row theirs[] = {
    {SLICE("cf-aig-cache-key"), NULL, COMPAT_HEADER_SPACE},
    {SLICE("cf-aig-cache-ttl"), NULL, COMPAT_HEADER_TTL},
    {SLICE("cf-aig-skip-cache"), "true", COMPAT_HEADER_NO_STORE},
    {SLICE("cf-aig-skip-cache"), "false", COMPAT_HEADER_NOTHING},
    {SLICE("Helicone-Cache-Enabled"), "true", COMPAT_HEADER_NOTHING},
    {SLICE("Helicone-Cache-Enabled"), "false", COMPAT_HEADER_NO_STORE},
    {SLICE("Helicone-Cache-Seed"), NULL, COMPAT_HEADER_SPACE},
    {SLICE("X-OpenRouter-Cache"), "true", COMPAT_HEADER_NOTHING},
    {SLICE("X-OpenRouter-Cache"), "false", COMPAT_HEADER_NO_STORE},
    {SLICE("X-OpenRouter-Cache-Clear"), "true", COMPAT_HEADER_NO_CACHE},
    {SLICE("X-OpenRouter-Cache-Clear"), "false", COMPAT_HEADER_NOTHING},
    {SLICE("X-OpenRouter-Cache-TTL"), NULL, COMPAT_HEADER_TTL},
    {SLICE("x-bt-cache-ttl"), NULL, COMPAT_HEADER_TTL},
    {SLICE("x-bt-use-cache"), "always", COMPAT_HEADER_NOTHING},
    {SLICE("x-bt-use-cache"), "auto", COMPAT_HEADER_NOTHING},
    {SLICE("x-bt-use-cache"), "never", COMPAT_HEADER_NO_STORE},
    {SLICE("x-higress-skip-ai-cache"), "on", COMPAT_HEADER_NO_STORE},
    {SLICE("x-higress-skip-ai-cache"), "off", COMPAT_HEADER_NOTHING},
    {SLICE("x-portkey-cache-force-refresh"), "true", COMPAT_HEADER_NO_CACHE},
    {SLICE("x-portkey-cache-force-refresh"), "false", COMPAT_HEADER_NOTHING},
    {SLICE("x-portkey-cache-namespace"), NULL, COMPAT_HEADER_SPACE},
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

/* False: the name is not in the table. */
static bool look_up(struct rows rows, struct slice name, struct slice value,
		    enum compat_header_meaning *ret_meaning)
{
	bool found = false;
	for (size_t i = 0; i < rows.count; i++) {
		const struct row *row = &rows.at[i];
		if (!slice_equal_nocase(name, row->name))
			continue;
		*ret_meaning = COMPAT_HEADER_UNCLEAR;
		found = true;
		if (!row->value || slice_is_nocase(value, row->value)) {
			*ret_meaning = row->meaning;
			break;
		}
	}
	return found;
}

/* A quick check before the lookup: every name in the tables begins with one of three letters, and
 * its third byte is one of seven. Hardly any field of an ordinary request passes. */
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

bool compat_header_read(struct slice name, struct slice value, bool compat,
			enum compat_header_meaning *ret_meaning)
{
	return may_be(name) && (look_up(ROWS(ours), name, value, ret_meaning) ||
				(compat && look_up(ROWS(theirs), name, value, ret_meaning)));
}

bool compat_header_is(struct slice name, bool compat)
{
	enum compat_header_meaning meaning;
	return compat_header_read(name, slice_of(""), compat, &meaning);
}
