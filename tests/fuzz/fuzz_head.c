/* Any bytes as the head of a request; the first byte chooses options. What the framing and the
 * guard let through goes on without anything that could be read as something else, and is called
 * after whose it is. */
#include "proxy/header/compat_headers.h"
#include "proxy/request/cache_control.h"
#include "proxy/upstream/forward.h"
#include "proxy/http/framing.h"
#include "proxy/header/header_checks.h"
#include "proxy/header/header_table.h"
#include "proxy/request/key_scope.h"
#include "proxy/header/syntax.h"
#include "tests/fuzz/fuzz.h"

#include "base/ensure.h"

enum { LIMIT = 1 << 24 };

struct request_head {
	struct slice target;
	struct slice version;
	struct fields fields;
};

static struct slice cut_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');
	ensure(line.len > 0 && line.at[line.len - 1] == '\r');
	return slice_make(line.at, line.len - 1);
}

/* False: it is refused, or not whole. */
static bool read_head(struct slice text, struct request_head *h)
{
	struct framing framing = framing_make(1 << 16);
	*h = (struct request_head){0};
	struct buf copy = buf_make(LIMIT);
	ensure(buf_append_slice(&copy, text));
	framing_read(&framing, copy.at, &copy.len);
	buf_finish(&copy);
	if (framing.requests == 0 || framing.failure != FAILURE_NONE)
		return false;
	struct slice line = cut_line(&text);
	if (line.len == 0)
		line = cut_line(&text);
	slice_cut(&line, ' ');
	h->target = slice_cut(&line, ' ');
	h->version = line;
	while ((line = cut_line(&text)).len) {
		struct field *f = &h->fields.at[h->fields.count++];
		ensure(h->fields.count < FIELDS_MAX);
		ensure(!syntax_cut_field(line, &f->name, &f->value));
		f->value = slice_trim(f->value);
	}
	return true;
}

/* ## Controls: several fields are one list (RFC 9110 §5.3), and more of them is never laxer */

static void check_controls(const struct fields *fields, bool compat)
{
	static const struct slice name = SLICE("Cache-Control");
	struct cache_control c = cache_control_read(fields, compat);
	struct buf list = buf_make(LIMIT);
	struct fields joined = {0};
	for (size_t i = 0; i < fields->count; i++) {
		if (!slice_equal_nocase(fields->at[i].name, name)) {
			joined.at[joined.count++] = fields->at[i];
			continue;
		}
		ensure(list.len == 0 || buf_append_byte(&list, ','));
		ensure(buf_append_slice(&list, fields->at[i].value));
	}
	if (fields_count(fields, name)) {
		joined.at[joined.count++] = (struct field){name, buf_slice(&list)};
		struct cache_control again = cache_control_read(&joined, compat);
		ensure(again.no_cache == c.no_cache && again.no_store == c.no_store);
		ensure(again.only_if_cached == c.only_if_cached && again.unclear == c.unclear);
		ensure(again.ttl_ms == c.ttl_ms);
		ensure(slice_equal(cache_control_space(&again), cache_control_space(&c)));
		ensure(again.max_age_ms == c.max_age_ms);
		joined.at[joined.count++] = (struct field){name, SLICE("max-age=7")};
		again = cache_control_read(&joined, compat);
		ensure(again.no_store == c.no_store && again.max_age_ms >= 0);
		ensure(c.max_age_ms < 0 || again.max_age_ms <= c.max_age_ms);
	}
	buf_finish(&list);
}

/* ## Forwarding */

static bool stays_here(struct slice name)
{
	static const char *const names[] = {
	    "Host", "Content-Length", "Transfer-Encoding",  "Connection",
	    "TE",   "Upgrade",	      "Proxy-Authorization"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return false;
}

static void check_line(const struct forward_options *options, bool compat, struct slice line)
{
	ensure(!memchr(line.at, '\r', line.len) && !memchr(line.at, '\n', line.len));
	struct slice value = line;
	struct slice name = slice_cut(&value, ':');
	if (!value.at)
		ensure(line.len > 1 && line.at[line.len - 1] == ';');
	ensure(name.len > 0 && !stays_here(name));
	if (slice_is_nocase(name, "Authorization") && options->own_credential)
		ensure(slice_is(slice_trim(value), "Bearer sk-own"));
	ensure(!options->own_credential || !slice_is_nocase(name, "X-Api-Key"));
	ensure(!compat_header_is(name, compat));
	ensure(options->forwarded || !slice_is_nocase(name, "Via"));
	ensure(options->forwarded || name.len < 12 ||
	       strncasecmp(name.at, "X-Forwarded-", 12) != 0);
	if (slice_is_nocase(name, "Accept-Encoding") && options->plain_coding)
		ensure(slice_is(slice_trim(value), "identity"));
}

/* Made once, and there to the end. */
static const struct header_table *table_for(bool forwarded, bool compat)
{
	static const struct config_list none;
	static struct header_table *tables[2][2];
	struct header_table **t = &tables[forwarded][compat];
	if (!*t)
		*t = header_table_create(&(struct header_table_options){
		    .ignore = &none, .forwarded = forwarded, .compat = compat});
	return *t;
}

static void check_forwarding(const struct forward_options *options, bool compat,
			     const struct fields *fields)
{
	struct buf lines = buf_make(LIMIT);
	struct header_marks marks;
	header_table_mark(table_for(options->forwarded, compat), fields, &marks);
	ensure(forward_lines(options, fields, &marks, &lines));
	ensure(lines.len > 0 && lines.at[lines.len - 1] == 0);
	struct slice rest = slice_make(lines.at, lines.len - 1);
	while (rest.at)
		check_line(options, compat, slice_cut(&rest, 0));
	buf_finish(&lines);
}

/* ## Scope */

static void key_scope_of(const struct key_scope_options *options, const struct request_head *head,
			 struct hasher *hasher, struct buf *out)
{
	struct slice query = head->target;
	struct slice path = slice_cut(&query, '?');
	struct header_marks marks;
	header_table_mark(table_for(options->forwarded, true), &head->fields, &marks);
	buf_clear(out);
	ensure(key_scope_append(
	    options, &(struct key_scope_route){path, query, &head->fields, &marks}, hasher, out));
}

/* The same head with its fields in another order is the same; with another key, or none, it is
 * somebody else's, unless everybody's is one or it is not the key that counts. */
static void check_scope(bool everyone, bool keyed, const struct request_head *head)
{
	static const struct config_list none;
	const struct key_scope_options options = {.space = "space",
						  .everyone = everyone,
						  .forwarded = true,
						  .ignored_cookies = &none,
						  .upstream = "main",
						  .tenant = slice_of(keyed ? "tenant" : NULL)};
	struct hasher *hasher = hasher_create();
	struct buf own = buf_make(LIMIT), other = buf_make(LIMIT);
	struct request_head changed = *head;
	struct fields *fields = &changed.fields;
	key_scope_of(&options, head, hasher, &own);
	if (fields->count && fields_count(&head->fields, fields->at[0].name) == 1) {
		fields->at[fields->count] = fields->at[0];
		memmove(fields->at, fields->at + 1, fields->count * sizeof *fields->at);
		key_scope_of(&options, &changed, hasher, &other);
		ensure(slice_equal(buf_slice(&own), buf_slice(&other)));
	}
	fields->at[fields->count++] = (struct field){SLICE("Authorization"), SLICE("Bearer other")};
	bool named[FIELDS_MAX];
	bool stays = fields_named_by_connection(fields, named) && named[fields->count - 1];
	key_scope_of(&options, &changed, hasher, &other);
	ensure(slice_equal(buf_slice(&own), buf_slice(&other)) == (everyone || keyed || stays));
	changed.target = slice_of("/v1/another");
	key_scope_of(&options, &changed, hasher, &other);
	ensure(!slice_equal(buf_slice(&own), buf_slice(&other)) ||
	       slice_is(head->target, "/v1/another"));
	buf_finish(&own);
	buf_finish(&other);
	hasher_destroy(&hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct request_head head;
	if (len < 1 || !read_head(slice_make(at + 1, len - 1), &head))
		return 0;
	const struct cors_own own = {.keys = at[0] & 1, .compat = at[0] & 32};
	const struct forward_options options = {
	    .preflight = at[0] & 64 ? &own : NULL,
	    .api_key = at[0] & 1 ? "sk-own" : NULL,
	    .own_credential = at[0] & 1,
	    .peer = at[0] & 2 ? "192.0.2.1" : NULL,
	    .version = head.version,
	    .plain_coding = at[0] & 4,
	    .forwarded = at[0] & 64,
	};
	bool compat = at[0] & 32;
	check_controls(&head.fields, compat);
	int64_t announced = fields_body_length(&head.fields);
	ensure(announced >= -1);
	ensure(announced < 0 || fields_count(&head.fields, slice_of("Transfer-Encoding")) == 0);
	if (header_checks_refusal(&head.fields))
		return 0;
	check_forwarding(&options, compat, &head.fields);
	check_scope(at[0] & 8, at[0] & 16, &head);
	return 0;
}
