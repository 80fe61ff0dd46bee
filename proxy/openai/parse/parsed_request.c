#include "proxy/openai/parse/parsed_request_internal.h"

#include "proxy/openai/parse/external_state.h"

struct reading {
	const struct endpoint *endpoint;
	const struct parsed_request_options *options;
	enum verdict verdict;
	enum wire_form form;
	bool zero_temperature; /* temperature is 0 */
	bool seeded;
	bool in_options; /* inside stream_options */
	bool in_labels;	 /* inside metadata */
	unsigned user_ids;
	unsigned other_labels; /* members of metadata other than user_id */
	struct slice body;
	enum json_kind usage; /* kind of include_usage's value; JSON_KEY: it is absent */
	bool has_options;     /* stream_options is an object */
	bool unknown_options; /* with members that we do not understand */
	struct parsed_request_edit tell_usage;
	unsigned cache_members;		      /* number of members `cache` for the proxy */
	bool in_cache_member;		      /* inside such a member */
	struct parsed_request *parsed;	      /* receives the model and the expectation */
	struct external_state external_state; /* last, since it is not zeroed */
};

static bool is_cache_member(const struct reading *r, struct slice key)
{
	return r->options->cache_member && slice_is(key, "cache");
}

/* Anthropic's metadata has nothing but user_id, a string or null for detecting abuse (API
 * reference, Messages). With other members it is specific to a server and counts. */
static bool is_user_id(const struct reading *r, struct slice key)
{
	static const struct slice name = SLICE("metadata");
	return r->endpoint->family == FAMILY_MESSAGES && slice_equal(key, name) &&
	       r->user_ids == 1 && r->other_labels == 0 &&
	       !slice_is_one_of(name, r->options->count, r->options->count_count);
}

/* Called after the values of the member. */
static bool left_out(void *context, struct slice key)
{
	const struct reading *r = context;
	if (is_user_id(r, key))
		return true;
	if (r->endpoint->streams && (slice_is(key, "stream") || slice_is(key, "stream_options")))
		return true;
	return parsed_request_leaves_out(r->options, key) || is_cache_member(r, key);
}

static void note(struct reading *r, enum verdict verdict)
{
	if (r->verdict == VERDICT_FINE)
		r->verdict = verdict;
}

/* `stream`: absent, null and false mean a plain response. Upstreams treat other values differently:
 * llama.cpp rejects them, others convert them. */
static void read_stream(struct reading *r, enum json_kind kind)
{
	r->form = kind == JSON_TRUE ? WIRE_STREAM : WIRE_PLAIN;
	if (kind != JSON_TRUE && kind != JSON_FALSE && kind != JSON_NULL)
		note(r, VERDICT_STREAM_UNCLEAR);
}

/* Returns an edit that replaces a value of the body. */
static struct parsed_request_edit replace(const struct reading *r, struct slice value,
					  const char *text)
{
	return (struct parsed_request_edit){(size_t)(value.at - r->body.at), value.len, text};
}

static void read_stream_options(struct reading *r, const struct canonical_member *m)
{
	r->in_options = m->kind == JSON_OBJECT_OPEN;
	if (m->kind == JSON_NULL)
		r->tell_usage = replace(r, m->value, "{\"include_usage\":true}");
	else if (m->kind == JSON_OBJECT_OPEN)
		r->has_options = true;
	else
		note(r, VERDICT_STREAM_UNCLEAR);
}

/* Obfuscation is padding that clients skip. Usage on each event, or another unknown option, makes a
 * different kind of stream. */
static void read_option(struct reading *r, const struct canonical_member *m)
{
	bool off = m->kind == JSON_FALSE || m->kind == JSON_NULL;
	if (slice_is(m->key, "include_usage")) {
		r->usage = m->kind;
		if (off)
			r->tell_usage = replace(r, m->value, "true");
	} else if (!off && !slice_is(m->key, "include_obfuscation"))
		r->unknown_options = true;
}

static void read_chance(struct reading *r, const struct canonical_member *m)
{
	if (m->kind != JSON_NUMBER)
		return;
	if (slice_is(m->key, "temperature"))
		r->zero_temperature = parsed_request_is_zero(m->value);
	if (slice_is(m->key, "seed"))
		r->seeded = parsed_request_is_seed(m->value);
}

static void read_model(struct reading *r, const struct canonical_member *m)
{
	bool text = m->kind == JSON_STRING;
	parsed_request_take_model(r->options, text ? m->value : slice_of(""), r->parsed);
}

/* stream_format of speech: `sse` makes the response a stream of events; absent, it is audio. */
static void read_speech(struct reading *r, const struct canonical_member *m)
{
	if (slice_is(m->key, "stream_format"))
		r->form = slice_is(m->value, "sse") ? WIRE_STREAM : WIRE_PLAIN;
}

static void read_top(struct reading *r, const struct canonical_member *m)
{
	r->in_options = false;
	r->in_labels = slice_is(m->key, "metadata") && m->kind == JSON_OBJECT_OPEN;
	r->in_cache_member = is_cache_member(r, m->key);
	r->cache_members += r->in_cache_member;
	if (slice_is(m->key, "model"))
		read_model(r, m);
	read_chance(r, m);
	if (!r->endpoint->streams) {
		embedding_vector_format_note(&r->parsed->vectors, m);
		if (r->endpoint->family == FAMILY_SPEECH)
			read_speech(r, m);
		return;
	}
	if (slice_is(m->key, "stream"))
		read_stream(r, m->kind);
	if (slice_is(m->key, "stream_options"))
		read_stream_options(r, m);
}

static void read_label(struct reading *r, const struct canonical_member *m)
{
	bool text = m->kind == JSON_STRING || m->kind == JSON_NULL;
	if (text && slice_is(m->key, "user_id"))
		r->user_ids++;
	else
		r->other_labels++;
}

static void note_external_state(struct reading *r, enum verdict verdict)
{
	if (verdict != VERDICT_REMOTE_MEDIA || !r->options->remote_images)
		note(r, verdict);
}

static void on_value(void *context, const struct canonical_member *m)
{
	struct reading *r = context;
	if (m->depth == 1)
		read_top(r, m);
	else if (m->depth == 2 && r->in_options)
		read_option(r, m);
	if (m->depth == 2 && r->in_labels)
		read_label(r, m);
	if (r->in_cache_member)
		return;
	expectation_value(&r->parsed->expects, m);
	note_external_state(r, external_state_value(&r->external_state, m));
}

/* ## Usage */

/* For vLLM an object without include_usage enables it, for OpenAI it does not. */
static bool options_are_clear(const struct reading *r)
{
	if (r->unknown_options)
		return false;
	if (!r->has_options || !r->endpoint->tells_usage)
		return true;
	return r->usage == JSON_TRUE || r->usage == JSON_FALSE || r->usage == JSON_NULL;
}

/* Stream options are left out of the cache key, since each event that they add is known and can be
 * removed. */
static void finish_stream(struct reading *r)
{
	if (r->form != WIRE_STREAM)
		return;
	if (!options_are_clear(r))
		note(r, VERDICT_STREAM_OPTIONS);
	if (r->endpoint->tells_usage && r->usage == JSON_TRUE)
		r->form = WIRE_STREAM_USAGE;
}

/* Returns the edit that makes a stream report its usage. */
static struct parsed_request_edit edit_for_usage(const struct reading *r)
{
	if (r->form != WIRE_STREAM || !r->endpoint->tells_usage)
		return (struct parsed_request_edit){0};
	if (r->tell_usage.text)
		return r->tell_usage;
	const char *brace = memchr(r->body.at, '{', r->body.len);
	return (struct parsed_request_edit){.at = (size_t)(brace - r->body.at) + 1,
					    .text = "\"stream_options\":{\"include_usage\":true},"};
}

bool parsed_request_edit(const struct parsed_request_edit *edit, struct buf *body)
{
	size_t len = strlen(edit->text);
	size_t end = edit->at + edit->len;
	if (!buf_reserve(body, len))
		return false;
	memmove(body->at + edit->at + len, body->at + end, body->len - end);
	memcpy(body->at + edit->at, edit->text, len);
	body->len += len - edit->len;
	return true;
}

/* ## The member `cache` */

/* Whether a body with this verdict is a valid object, so that a member can be cut out. */
static bool is_object(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_EMPTY_BODY:
	case VERDICT_INVALID_JSON:
	case VERDICT_NOT_UTF8:
	case VERDICT_LONE_SURROGATE:
	case VERDICT_TOO_DEEP:
	case VERDICT_TOO_MANY_VALUES:
	case VERDICT_TRAILING_BYTES:
	case VERDICT_NOT_AN_OBJECT:
	case VERDICT_REQUEST_TOO_LARGE:
		return false;
	default:
		return true;
	}
}

/* The insertion point of tell_usage is not behind a member that begins at the same offset. */
static void read_cache_member(struct reading *r)
{
	struct parsed_request *parsed = r->parsed;
	cache_member_read(r->body, &parsed->says);
	parsed->cut = (struct parsed_request_edit){parsed->says.at, parsed->says.len, ""};
	if (parsed->tell_usage.at > parsed->cut.at)
		parsed->tell_usage.at -= parsed->cut.len;
}

/* ## The whole body */

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
	    .on_value = on_value,
	    .context = r,
	};
	if (body.len == 0)
		return r->endpoint->family == FAMILY_MODELS ? VERDICT_FINE : VERDICT_EMPTY_BODY;
	enum verdict verdict =
	    form_verdict(canonical, canonical_form(canonical, body, &rules, form));
	expectation_end(&r->parsed->expects);
	note_external_state(r, external_state_end(&r->external_state));
	finish_stream(r);
	return verdict == VERDICT_FINE ? r->verdict : verdict;
}

void parsed_request_read(const struct endpoint *endpoint, struct canonical *canonical,
			 struct slice body, const struct parsed_request_options *options,
			 struct buf *form, struct parsed_request *ret_parsed)
{
	struct reading r;
	memset(&r, 0, offsetof(struct reading, external_state));
	r.endpoint = endpoint;
	r.options = options;
	r.form = WIRE_PLAIN;
	r.body = body;
	r.usage = JSON_KEY;
	r.parsed = ret_parsed;
	external_state_begin(&r.external_state, endpoint->family);
	size_t before = form->len;
	memset(ret_parsed, 0, offsetof(struct parsed_request, model));
	parsed_request_take_model(options, slice_of(""), ret_parsed);
	expectation_begin(&ret_parsed->expects, endpoint);
	if (endpoint->body == BODY_FORM) {
		parsed_request_read_form(endpoint, body, options, form, ret_parsed);
		return;
	}
	note(&r, parsed_request_deployment_verdict(endpoint, options));
	enum verdict verdict = read_body(&r, canonical, body, form);
	if (verdict != VERDICT_FINE)
		form->len = before;
	ret_parsed->verdict = verdict;
	ret_parsed->form = r.form;
	ret_parsed->by_chance =
	    endpoint->chance != CHANCE_NEVER && !r.zero_temperature && !r.seeded;
	ret_parsed->kind = endpoint->family == FAMILY_SPEECH ? ANSWER_AUDIO : ANSWER_JSON;
	if (verdict == VERDICT_FINE)
		ret_parsed->tell_usage = edit_for_usage(&r);
	if (r.cache_members == 1 && is_object(verdict))
		read_cache_member(&r);
}
