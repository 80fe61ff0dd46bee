#include "config/describe_internal.h"

#include "base/ensure.h"
#include "config/address.h"
#include "config/load.h"
#include "config/options.h"
#include "config/value.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 100 };

/* ## Values in YAML */

static bool put_percentage(struct buf *to, double fraction)
{
	return value_print_percentage(to, (uint64_t)(fraction * 10000 + 0.5));
}

/* Prints a value on one line; see put_lines for the others. */
static bool put_value(struct buf *to, const struct option *o, const void *member)
{
	switch (o->kind) {
	case OPTION_NUMBER:
		return value_print_count(to, (uint64_t) * (const int *)member);
	case OPTION_COUNT:
		return value_print_count(to, *(const size_t *)member);
	case OPTION_SIZE:
		return value_print_size(to, *(const size_t *)member);
	case OPTION_DURATION:
		return value_print_duration(to, (uint64_t) * (const int64_t *)member);
	case OPTION_PERCENTAGE:
		return put_percentage(to, *(const double *)member);
	case OPTION_SWITCH:
		return buf_append_text(to, *(const bool *)member ? "true" : "false");
	case OPTION_CHOICE:
		return value_print_choice(to, o->permitted, *(const unsigned *)member);
	case OPTION_TEXT:
	case OPTION_ADDRESS:
		return put_text(to, *(char *const *)member);
	case OPTION_KEYS:
	case OPTION_RULES:
		return buf_append_text(to, "[]");
	default:
		return put_list(to, member);
	}
}

static bool put_upstream(struct buf *to, const struct config_upstream *u)
{
	char *masked = address_mask(slice_of(u->url));
	bool fits = buf_append_text(to, "  - name: ") && put_text(to, u->name) &&
		    buf_append_text(to, "\n    url: ") && put_text(to, masked) &&
		    buf_append_text(to, "\n");
	free(masked);
	return fits && (!u->api_key || buf_append_text(to, "    api_key: \"***\"\n"));
}

static bool put_upstreams(struct buf *to, const struct config_upstreams *upstreams)
{
	for (size_t i = 0; i < upstreams->count; i++) {
		if (!put_upstream(to, &upstreams->items[i]))
			return false;
	}
	return true;
}

static bool put_limit(struct buf *to, const char *name, int limit)
{
	return limit == 0 || buf_printf(to, "      %s: %d\n", name, limit);
}

static bool put_key(struct buf *to, const struct config_key *k)
{
	return buf_append_text(to, "    - key: \"***\"\n      tenant: ") &&
	       put_text(to, k->tenant) && buf_append_byte(to, '\n') &&
	       (!k->namespace || (buf_append_text(to, "      namespace: ") &&
				  put_text(to, k->namespace) && buf_append_byte(to, '\n'))) &&
	       put_limit(to, "concurrency", k->concurrency) && put_limit(to, "rate", k->rate);
}

static bool put_keys(struct buf *to, const struct config_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (!put_key(to, &keys->items[i]))
			return false;
	}
	return true;
}

/* Whether the value is printed on lines of its own: it is a non-empty list of mappings. */
static bool needs_lines(const struct option *o, const void *member)
{
	const struct config_keys *keys = member;
	const struct config_rules *rules = member;
	return o->kind == OPTION_UPSTREAMS || (o->kind == OPTION_KEYS && keys->count > 0) ||
	       (o->kind == OPTION_RULES && rules->count > 0);
}

static bool put_lines(struct buf *to, const struct option *o, const void *member)
{
	if (o->kind == OPTION_RULES)
		return put_rules(to, member);
	return o->kind == OPTION_KEYS ? put_keys(to, member) : put_upstreams(to, member);
}

/* ## Pieces */

/* The group "cache" for "cache.ttl", or NULL at the top level. */
static const struct option_group *group_of(const struct option *o)
{
	char name[OPTION_NAME];
	snprintf(name, sizeof name, "%s", o->path);
	name[strcspn(name, ".")] = 0;
	return strchr(o->path, '.') ? option_group_find(name) : NULL;
}

/* Whether this is the first option of its group. */
static bool opens_group(const struct option *o)
{
	return group_of(o) && (o == options || group_of(o) != group_of(o - 1));
}

static const char *last_name(const struct option *o)
{
	const char *dot = strchr(o->path, '.');
	return dot ? dot + 1 : o->path;
}

/* Wraps a text to lines of at most COLUMNS bytes. The first line begins with `first`, the others
 * with `rest`, which has the same width. */
static bool put_wrapped(struct buf *to, const char *first, const char *rest, const char *text)
{
	size_t room = COLUMNS - strlen(rest);
	for (const char *prefix = first; *text; prefix = rest) {
		size_t len = strlen(text);
		if (len > room) {
			for (len = room; len > 0 && text[len] != ' '; len--)
				;
			len = len ? len : room;
		}
		if (!buf_printf(to, "%s%.*s\n", prefix, (int)len, text))
			return false;
		text += len;
		text += strspn(text, " ");
	}
	return true;
}

/* Writes "64KiB to 16TiB", "text, json", or the description in the table, to `at`. */
static const char *permitted(const struct option *o, char *at, size_t room, const char *between)
{
	const char *dots = strstr(o->permitted, "..");
	if (dots) {
		snprintf(at, room, "%.*s to %s", (int)(dots - o->permitted), o->permitted,
			 dots + 2);
	} else if (o->kind == OPTION_CHOICE || o->kind == OPTION_SWITCH) {
		char words[256];
		snprintf(words, sizeof words, "%s", o->permitted);
		size_t len = 0;
		at[0] = 0;
		for (char *rest = words, *one; (one = strsep(&rest, "|")) && len < room;)
			len +=
			    (size_t)snprintf(at + len, room - len, "%s%s", len ? between : "", one);
	} else {
		snprintf(at, room, "%s", o->permitted);
	}
	return at;
}

/* ## The texts */

static bool put_group_head(struct buf *to, const struct option *o)
{
	return !opens_group(o) || buf_printf(to, "\n%s:\n", group_of(o)->name);
}

static bool put_effective(struct buf *to, const struct config *c, const struct option *o)
{
	const void *member = (const char *)c + o->offset;
	const char *indent = group_of(o) ? "  " : "";
	if (!put_group_head(to, o) || !buf_printf(to, "%s%s:", indent, last_name(o)))
		return false;
	bool lines = needs_lines(o, member);
	if (!lines && !(buf_append_byte(to, ' ') && put_value(to, o, member)))
		return false;
	return buf_printf(to, "  # %s\n", option_origin(c, o)) &&
	       (!lines || put_lines(to, o, member));
}

bool describe_config(const struct config *c, struct buf *to)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (!put_effective(to, c, &options[i]))
			return false;
	}
	return true;
}

static const char example_key[] = "  # - key: ${TEAM_KEY}\n  #   tenant: team\n";

static const char example_rules[] =
    "    # - match: {endpoint: [chat, messages], model: \"llama-*\", header: {X-Team: qa}}\n"
    "    #   ttl: 1h\n"
    "    #   store: true\n"
    "    #   share: everyone\n"
    "    #   sampled: false\n";

static bool put_example_value(struct buf *to, const struct config *c, const struct option *o)
{
	const void *member = (const char *)c + o->offset;
	const char *indent = group_of(o) ? "  " : "";
	if (o->kind == OPTION_UPSTREAMS)
		return buf_printf(to, "%s:\n", o->path) && put_upstreams(to, member) &&
		       buf_append_text(to, "    # api_key: ${MODEL_API_KEY}\n");
	if (!buf_printf(to, "%s%s: ", indent, last_name(o)) || !put_value(to, o, member) ||
	    !buf_append_byte(to, '\n'))
		return false;
	if (o->kind == OPTION_KEYS)
		return buf_append_text(to, example_key);
	return o->kind != OPTION_RULES || buf_append_text(to, example_rules);
}

static bool put_example(struct buf *to, const struct config *c, const struct option *o)
{
	char text[256];
	const char *comment = group_of(o) ? "  # " : "# ";
	if (!buf_append_byte(to, '\n'))
		return false;
	if (opens_group(o) && !buf_printf(to, "# %s\n%s:\n", group_of(o)->help, group_of(o)->name))
		return false;
	char line[320];
	snprintf(line, sizeof line, "Permitted: %s.", permitted(o, text, sizeof text, ", "));
	return put_wrapped(to, comment, comment, o->help) &&
	       put_wrapped(to, comment, comment, line) && put_example_value(to, c, o);
}

static const char example_head[] =
    "# Every option of Reprise, with its default. Leave out what you do not change.\n"
    "#\n"
    "# Sizes are bytes or end with KiB, MiB, GiB, TiB, KB, MB, GB or TB; durations end with ms, "
    "s,\n"
    "# m, h or d. ${NAME} in a value is that variable of the environment, ${NAME:-default} the\n"
    "# default where it is not set, and $$ a dollar. In the environment cache.ttl is called\n"
    "# REPRISE_CACHE_TTL, on the command line --set cache.ttl=1h; the command line wins over the\n"
    "# environment, and that over this file.\n";

bool describe_example(struct buf *to)
{
	scoped(buf_finish) struct buf errors = buf_make(1024);
	scoped(config_unref) struct config *c = config_load(&(struct config_sources){0}, &errors);
	ensure(c != NULL);
	if (!buf_append_text(to, example_head))
		return false;
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		if (!put_example(to, c, &options[i]))
			return false;
	}
	return true;
}

/* The width of the column of paths: the longest path and two spaces. */
static int path_width(void)
{
	size_t width = 0;
	for (size_t i = 0; i < CONFIG_OPTIONS; i++)
		if (strlen(options[i].path) > width)
			width = strlen(options[i].path);
	return (int)width + 2;
}

static bool put_option(struct buf *to, const struct option *o)
{
	char first[96], rest[96], text[256], line[512];
	snprintf(first, sizeof first, "  %-*s", path_width(), o->path);
	snprintf(rest, sizeof rest, "  %-*s", path_width(), "");
	snprintf(line, sizeof line, "%s (default: %s)", permitted(o, text, sizeof text, " | "),
		 *o->fallback ? o->fallback : "empty");
	return put_wrapped(to, first, rest, line) && put_wrapped(to, rest, rest, o->help);
}

static bool is_under(const struct option *o, const char *under)
{
	size_t len = strlen(under);
	return len == 0 ||
	       (strncmp(o->path, under, len) == 0 && (!o->path[len] || o->path[len] == '.'));
}

bool describe_options(struct buf *to, const char *under)
{
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		const struct option *o = &options[i];
		if (!is_under(o, under))
			continue;
		if (!*under && opens_group(o) && !buf_append_byte(to, '\n'))
			return false;
		if (!put_option(to, o))
			return false;
	}
	return true;
}

bool describe_table(struct buf *to)
{
	if (!buf_append_text(
		to, "| option | default | permitted | what it does |\n|---|---|---|---|\n"))
		return false;
	for (size_t i = 0; i < CONFIG_OPTIONS; i++) {
		const struct option *o = &options[i];
		char text[256];
		const char *quote = *o->fallback ? "`" : "";
		if (!buf_printf(to, "| `%s` | %s%s%s | %s | %s |\n", o->path, quote, o->fallback,
				quote, permitted(o, text, sizeof text, ", "), o->help))
			return false;
	}
	return true;
}
