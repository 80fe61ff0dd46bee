#include "proxy/openai/storable/storable.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/family/family.h"
#include "proxy/openai/media_type.h"
#include "proxy/openai/storable/cjson_view.h"
#include "proxy/openai/wire/sse.h"

#include <stdlib.h>

struct storable {
	struct storable_options options;
	const struct family *family;
	enum verdict verdict; /* FINE, or the first other verdict */
	bool has_head;
	bool done; /* [DONE] was seen */
	struct evidence answer;
	struct sse sse;	   /* for a stream */
	struct buf body;   /* for a plain response */
	size_t kept_bytes; /* total passed to on_event */
};

const struct family *family_of(enum endpoint_family which)
{
	static const struct family *const families[] = {
	    [FAMILY_CHAT] = &family_chat,
	    [FAMILY_COMPLETIONS] = &family_completions,
	    [FAMILY_EMBEDDINGS] = &family_embeddings,
	    [FAMILY_RESPONSES] = &family_responses,
	    [FAMILY_MESSAGES] = &family_messages,
	    [FAMILY_RERANK] = &family_rerank,
	    [FAMILY_TOKENS] = &family_tokens,
	    [FAMILY_MODELS] = &family_models,
	    [FAMILY_SCORE] = &family_score,
	    [FAMILY_POOLING] = &family_pooling,
	    [FAMILY_CLASSIFY] = &family_classify,
	    [FAMILY_MODERATIONS] = &family_moderations,
	    [FAMILY_TRANSCRIPTIONS] = &family_transcriptions,
	    [FAMILY_SPEECH] = &family_speech,
	};
	return families[which];
}

struct storable *storable_create(const struct storable_options *options)
{
	struct storable *s = memory_new(struct storable);
	const struct expectation *expects = options->expects;
	s->options = *options;
	s->options.expects = NULL;
	s->family = family_of(options->endpoint->family);
	s->answer.vectors = options->vectors;
	s->answer.kind = options->kind;
	s->answer.expected = expects ? expects->choices : 0;
	s->answer.length_limit = expects ? expects->length_limit : -1;
	s->answer.store_empty = options->store_empty;
	s->answer.token_usage = (struct token_usage){-1, -1};
	s->answer.predicted = -1;
	s->answer.arguments = call_arguments_make(options->limit_bytes);
	s->sse = sse_make(options->limit_bytes);
	s->body = buf_make(options->limit_bytes);
	return s;
}

void storable_destroy(struct storable **s)
{
	if (!*s)
		return;
	call_arguments_finish(&(*s)->answer.arguments);
	sse_finish(&(*s)->sse);
	buf_finish(&(*s)->body);
	free(*s);
	*s = NULL;
}

/* The first verdict stays. Frees the buffers, since nothing is collected from here on. */
static void refuse(struct storable *s, enum verdict verdict)
{
	if (s->verdict != VERDICT_FINE || verdict == VERDICT_FINE)
		return;
	s->verdict = verdict;
	sse_finish(&s->sse);
	buf_finish(&s->body);
}

/* ## The header */

enum verdict storable_head_verdict(unsigned status, struct slice content_type,
				   struct slice content_encoding, enum answer_kind *kind)
{
	struct slice encoding = slice_trim(content_encoding);
	if (status != 200)
		return VERDICT_STATUS;
	if (kind ? !answer_kind_matches(kind, content_type)
		 : !media_type_is(content_type, "text/event-stream"))
		return VERDICT_CONTENT_TYPE;
	bool encoded = encoding.len && !slice_is_nocase(encoding, "identity");
	return encoded ? VERDICT_CONTENT_ENCODING : VERDICT_FINE;
}

void storable_head(struct storable *s, unsigned status, struct slice content_type,
		   struct slice content_encoding)
{
	bool streamed = s->options.form != WIRE_PLAIN;
	s->has_head = true;
	refuse(s, storable_head_verdict(status, content_type, content_encoding,
					streamed ? NULL : &s->answer.kind));
	if (streamed && !s->family->read_event)
		refuse(s, VERDICT_UNEXPECTED_SHAPE);
}

void storable_undelimited(struct storable *s)
{
	if (s->options.form == WIRE_PLAIN && s->answer.kind != ANSWER_JSON)
		refuse(s, VERDICT_NOT_DELIMITED);
}

void storable_refuse(struct storable *s, enum verdict why)
{
	refuse(s, why);
}

enum verdict storable_refusal(const struct storable *s)
{
	return s->verdict;
}

/* ## The body */

static enum verdict emit(struct storable *s, struct slice event)
{
	if (event.len > s->options.limit_bytes - s->kept_bytes)
		return VERDICT_TOO_LARGE;
	s->kept_bytes += event.len;
	return s->options.on_event(s->options.context, event) ? VERDICT_FINE : VERDICT_TOO_LARGE;
}

/* After the terminal event only one [DONE] may follow; OpenRouter always sends it. */
static enum verdict read_done(struct storable *s)
{
	if (s->done)
		return VERDICT_UNEXPECTED_SHAPE;
	s->done = true;
	if (s->answer.ended)
		return VERDICT_FINE;
	if (!s->family->read_done)
		return VERDICT_NO_TERMINAL_EVENT;
	s->answer.ended = true;
	return s->family->read_done(&s->answer);
}

static enum verdict read_object(struct storable *s, struct slice text)
{
	if (s->answer.ended)
		return VERDICT_UNEXPECTED_SHAPE;
	if (!json_valid(text))
		return VERDICT_INVALID_ANSWER;
	scoped(cjson_view_free) cJSON *event = NULL;
	enum verdict verdict = cjson_view_parse(text, &event);
	if (verdict != VERDICT_FINE)
		return verdict;
	/* llama.cpp begins a stream for several prompts with `data: null`. */
	if (cJSON_IsNull(event))
		return VERDICT_FINE;
	if (!cJSON_IsObject(event))
		return VERDICT_UNEXPECTED_SHAPE;
	evidence_note(&s->answer, event);
	verdict = s->family->read_event(&s->answer, event);
	unsigned predicted;
	if (evidence_predicted(event, &predicted) && predicted >= s->answer.length_limit)
		choices_prove(&s->answer.choices, event);
	return verdict;
}

static enum verdict read_frame(struct storable *s, const struct sse_frame *frame)
{
	if (frame->bare || slice_is(frame->event, "ping"))
		return VERDICT_FINE;
	enum verdict verdict = VERDICT_FINE;
	if (slice_is(frame->event, "error"))
		verdict = VERDICT_ERROR_INSIDE;
	else if (frame->has_data)
		verdict =
		    slice_is(frame->data, "[DONE]") ? read_done(s) : read_object(s, frame->data);
	return verdict == VERDICT_FINE ? emit(s, frame->bytes) : verdict;
}

static void read_frames(struct storable *s)
{
	struct sse_frame frame;
	while (s->verdict == VERDICT_FINE && sse_next(&s->sse, &frame))
		refuse(s, read_frame(s, &frame));
}

/* Frames end with a line break, which a JSON text inside of them does not contain. */
static bool may_end_event(struct slice bytes)
{
	return memchr(bytes.at, '\n', bytes.len) || memchr(bytes.at, '\r', bytes.len);
}

bool storable_take(struct storable *s, struct slice bytes)
{
	ensure(s->has_head);
	if (s->verdict != VERDICT_FINE || bytes.len == 0)
		return false;
	bool plain = s->options.form == WIRE_PLAIN;
	if (plain ? buf_append_slice(&s->body, bytes) : sse_feed(&s->sse, bytes))
		return !plain && may_end_event(bytes);
	refuse(s, VERDICT_TOO_LARGE);
	return false;
}

void storable_read(struct storable *s)
{
	if (s->options.form != WIRE_PLAIN)
		read_frames(s);
}

void storable_feed(struct storable *s, struct slice bytes)
{
	if (storable_take(s, bytes))
		storable_read(s);
}

size_t storable_unread_bytes(const struct storable *s, bool end)
{
	size_t held = s->sse.held.len - s->sse.start;
	return end ? s->body.len + held + s->answer.arguments.bytes : held;
}

size_t storable_memory_bytes(const struct storable *s)
{
	return s->body.cap + s->sse.held.cap + s->sse.joined.cap + s->answer.arguments.bytes;
}

/* ## The end */

static void finish_stream(struct storable *s)
{
	sse_end(&s->sse);
	read_frames(s);
	if (!s->answer.ended || sse_torn(&s->sse))
		refuse(s, VERDICT_NO_TERMINAL_EVENT);
}

static void finish_plain(struct storable *s)
{
	struct slice body = buf_slice(&s->body);
	refuse(s, s->family->raw || json_valid(body) ? s->family->read_body(&s->answer, body)
						     : VERDICT_INVALID_ANSWER);
	if (s->verdict == VERDICT_FINE)
		refuse(s, emit(s, body));
}

/* Whether a response that was cut short has as many tokens as the request allowed; it has fewer if,
 * for example, the context was full. Without usage (in a stream that did not ask for it)
 * llama.cpp's timings give the count. With several choices, usage is a sum (OpenAI, vLLM), and no
 * choice may have less than the limit; with timings, it is the count of the first choice of a plain
 * response, and of each choice in turn in a stream. */
static bool reached_limit(const struct storable *s)
{
	const struct evidence *e = &s->answer;
	if (e->length_limit < 0 || e->cut_elsewhere || e->cut_proven)
		return e->length_limit >= 0 && !e->cut_elsewhere;
	int64_t tokens = e->token_usage.completion >= 0 ? e->token_usage.completion : e->predicted;
	int64_t choices = e->choices.seen_count ? e->choices.seen_count : 1;
	bool reached = tokens >= 0 && tokens >= e->length_limit;
	if (choices > 1 && e->predicted >= 0)
		return choices_proven(&e->choices, reached && s->options.form == WIRE_PLAIN);
	return reached && tokens >= e->length_limit * choices;
}

static enum verdict length_verdict(const struct storable *s)
{
	if (!s->answer.cut && !s->answer.choices.cut_count)
		return VERDICT_FINE;
	switch (s->options.store_length) {
	case STORE_LENGTH_NEVER:
		return VERDICT_LENGTH_NEVER;
	case STORE_LENGTH_ALWAYS:
		return VERDICT_FINE;
	case STORE_LENGTH_LIMITED:
		break;
	}
	return reached_limit(s) ? VERDICT_FINE : VERDICT_LENGTH_NOT_LIMITED;
}

/* A call without a name or with truncated arguments would fail the same way on each replay. */
static enum verdict calls_verdict(const struct storable *s)
{
	const struct call_arguments *calls = &s->answer.arguments;
	switch (s->options.store_tool_calls) {
	case STORE_CALLS_ALL:
		break;
	case STORE_CALLS_NONE:
		return calls->count ? VERDICT_TOOL_CALLS : VERDICT_FINE;
	case STORE_CALLS_VALID:
		if (!call_arguments_named(calls))
			return VERDICT_TOOL_NAME;
		return call_arguments_valid(calls) ? VERDICT_FINE : VERDICT_TOOL_ARGUMENTS;
	}
	return VERDICT_FINE;
}

enum verdict storable_finish(struct storable *s)
{
	ensure(s->has_head);
	if (s->verdict != VERDICT_FINE)
		return s->verdict;
	if (s->options.form == WIRE_PLAIN)
		finish_plain(s);
	else
		finish_stream(s);
	refuse(s, length_verdict(s));
	refuse(s, calls_verdict(s));
	if (s->answer.server_state)
		refuse(s, VERDICT_SERVER_STATE);
	if (s->answer.stored_upstream)
		refuse(s, VERDICT_STORED_UPSTREAM);
	return s->verdict;
}

struct token_usage storable_token_usage(const struct storable *s)
{
	return s->answer.token_usage;
}

uint64_t storable_id(const struct storable *s)
{
	return s->answer.id;
}
