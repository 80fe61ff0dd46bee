#include "proxy/openai/ask.h"

#include "proxy/openai/outside.h"

struct reading {
	const struct endpoint *endpoint;
	const struct ask_options *policy;
	enum verdict verdict;
	enum wire_form form;
	bool limited;	     /* a limit of tokens is set */
	bool unlimited;	     /* something else may end the answer early, or a limit is lifted */
	unsigned quiet;	     /* members deeper than this are a tool's arguments; 0: none */
	bool in_options;     /* inside stream_options */
	const char *options; /* where the object stream_options begins in the body; NULL: none */
	unsigned option_count;
	bool usage_off; /* include_usage: false */
};

/* Members of the outermost object that stay out of the name: they say how the answer travels or
 * who asks, and the answer is the same. */
static const struct slice left_out_names[] = {
    SLICE("user"),	 SLICE("request_id"), SLICE("priority"),
    SLICE("session_id"), SLICE("id_slot"),    SLICE("cache_prompt"),
};

static const struct slice limit_names[] = {
    SLICE("max_tokens"),
    SLICE("max_completion_tokens"),
    SLICE("max_output_tokens"),
    SLICE("n_predict"),
};

static bool is_among(struct slice key, const struct slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(key, names[i]))
			return true;
	return false;
}

#define IS_AMONG(key, names) is_among(key, names, sizeof(names) / sizeof((names)[0]))

static bool is_ignored(const struct ask_options *options, struct slice key)
{
	for (size_t i = 0; i < options->ignore_count; i++)
		if (slice_is(key, options->ignore[i]))
			return true;
	return false;
}

static bool left_out(void *context, struct slice key)
{
	const struct reading *r = context;
	if (r->endpoint->streams && (slice_is(key, "stream") || slice_is(key, "stream_options")))
		return true;
	return IS_AMONG(key, left_out_names) || is_ignored(r->policy, key);
}

static void note(struct reading *r, enum verdict verdict)
{
	if (r->verdict == VERDICT_FINE)
		r->verdict = verdict;
}

/* `stream`: absent, null and false are plain. What else is not a boolean is the upstream's to
 * judge: llama.cpp refuses it, others convert it. */
static void read_stream(struct reading *r, enum json_kind kind)
{
	r->form = kind == JSON_TRUE ? WIRE_STREAM : WIRE_PLAIN;
	if (kind != JSON_TRUE && kind != JSON_FALSE && kind != JSON_NULL)
		note(r, VERDICT_STREAM_UNCLEAR);
}

/* -1 means no limit to llama.cpp. Which of several names counts is the server's affair; so one that
 * lifts the limit is enough to believe in none. */
static void read_limit(struct reading *r, const struct canonical_member *m)
{
	if (m->kind == JSON_NULL)
		return;
	if (m->kind == JSON_NUMBER && m->value.at[0] != '-')
		r->limited = true;
	else
		r->unlimited = true;
}

static void read_stream_options(struct reading *r, const struct canonical_member *m)
{
	r->in_options = m->kind == JSON_OBJECT_OPEN;
	r->options = r->in_options ? m->value.at : NULL;
	r->option_count = 0;
	if (m->kind != JSON_OBJECT_OPEN && m->kind != JSON_NULL)
		note(r, VERDICT_STREAM_UNCLEAR);
}

static void read_option(struct reading *r, const struct canonical_member *m)
{
	r->option_count++;
	r->usage_off = m->kind == JSON_FALSE && slice_is(m->key, "include_usage");
}

static void read_top(struct reading *r, const struct canonical_member *m)
{
	r->in_options = false;
	if (IS_AMONG(m->key, limit_names))
		read_limit(r, m);
	/* llama.cpp's limit of time ends an answer with `length` wherever it happens to be. */
	if (slice_is(m->key, "t_max_predict_ms") && m->kind != JSON_NULL)
		r->unlimited = true;
	if (!r->endpoint->streams)
		return;
	if (slice_is(m->key, "stream"))
		read_stream(r, m->kind);
	if (slice_is(m->key, "stream_options"))
		read_stream_options(r, m);
}

/* A tool_use's `input` is what the model wrote for a tool: an address in it is text. */
static bool is_quiet(struct reading *r, const struct canonical_member *m)
{
	if (r->quiet && m->depth > r->quiet)
		return true;
	bool arguments = r->endpoint->family == FAMILY_MESSAGES && m->depth > 1 &&
			 m->kind == JSON_OBJECT_OPEN && slice_is(m->key, "input");
	r->quiet = arguments ? m->depth : 0;
	return false;
}

static void on_member(void *context, const struct canonical_member *m)
{
	struct reading *r = context;
	if (m->depth == 1)
		read_top(r, m);
	else if (m->depth == 2 && r->in_options)
		read_option(r, m);
	if (!is_quiet(r, m))
		note(r, outside_verdict(r->endpoint->family, m));
}

/* ## What a stream's options add to its name */

/* The object that begins here, in a body that was read. */
static struct slice object_at(const char *start, struct slice body)
{
	struct json_scan scan =
	    json_scan_start(slice_make(start, (size_t)(body.at + body.len - start)));
	struct json_token t;
	while (json_scan_next(&scan, &t))
		if (t.kind == JSON_OBJECT_CLOSE && t.depth == 0)
			return slice_make(start, (size_t)(t.text.at + t.text.len - start));
	return slice_make(NULL, 0);
}

/* Absent, null and {"include_usage": false} are one. An empty object is not: vLLM's include_usage
 * is true unless it says false. */
static bool options_matter(const struct reading *r)
{
	return r->form == WIRE_STREAM && r->options && !(r->option_count == 1 && r->usage_off);
}

/* A hit gives back the stored events as they are, and the options decide which events there are (a
 * chunk of usage, usage on each). So streams with other options have other names, although plain
 * requests leave them out: the form of stream_options stands behind the body's, which ends itself.
 */
static bool add_options(struct canonical *canonical, struct slice options, struct buf *form)
{
	static const struct canonical_rules rules = {0};
	return buf_append_text(form, "stream_options") &&
	       canonical_form(canonical, options, &rules, form) == CANONICAL_FINE;
}

/* ## The whole */

static enum verdict invalid_verdict(enum json_fault fault)
{
	switch (fault) {
	case JSON_ENCODING:
		return VERDICT_NOT_UTF8;
	case JSON_SURROGATE:
		return VERDICT_LONE_SURROGATE;
	case JSON_TOO_DEEP:
		return VERDICT_TOO_DEEP;
	case JSON_TOO_MANY:
		return VERDICT_TOO_MANY_VALUES;
	case JSON_TRAILING:
		return VERDICT_TRAILING_BYTES;
	case JSON_FINE:
	case JSON_SYNTAX:
	case JSON_CUT:
		break;
	}
	return VERDICT_INVALID_JSON;
}

static enum verdict form_verdict(const struct canonical *canonical, enum canonical_result result)
{
	switch (result) {
	case CANONICAL_FINE:
		return VERDICT_FINE;
	case CANONICAL_INVALID:
		return invalid_verdict(canonical_fault(canonical));
	case CANONICAL_DUPLICATE:
		return VERDICT_DUPLICATE_MEMBER;
	case CANONICAL_NOT_OBJECT:
		return VERDICT_NOT_AN_OBJECT;
	case CANONICAL_NO_MEMORY:
		break;
	}
	return VERDICT_REQUEST_TOO_LARGE;
}

static enum verdict read_body(struct reading *r, struct canonical *canonical, struct slice body,
			      struct buf *form)
{
	struct canonical_rules rules = {
	    .steps = r->endpoint->steps,
	    .left_out = left_out,
	    .on_member = on_member,
	    .context = r,
	};
	if (body.len == 0)
		return VERDICT_EMPTY_BODY;
	enum verdict verdict =
	    form_verdict(canonical, canonical_form(canonical, body, &rules, form));
	if (verdict == VERDICT_FINE)
		verdict = r->verdict;
	if (verdict == VERDICT_FINE && options_matter(r) &&
	    !add_options(canonical, object_at(r->options, body), form))
		verdict = VERDICT_REQUEST_TOO_LARGE;
	return verdict;
}

void ask_read(const struct endpoint *endpoint, struct canonical *canonical, struct slice body,
	      const struct ask_options *options, struct buf *form, struct ask *ret_ask)
{
	struct reading r = {.endpoint = endpoint, .policy = options, .form = WIRE_PLAIN};
	size_t before = form->len;
	enum verdict verdict = read_body(&r, canonical, body, form);
	if (verdict != VERDICT_FINE)
		form->len = before;
	*ret_ask = (struct ask){
	    .verdict = verdict,
	    .form = r.form,
	    .length_limited = r.limited && !r.unlimited,
	};
}
