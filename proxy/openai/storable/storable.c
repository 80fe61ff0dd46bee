#include "proxy/openai/storable/storable.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/family/family.h"
#include "proxy/openai/media_type.h"
#include "proxy/openai/storable/server_state.h"
#include "proxy/openai/storable/token_usage.h"
#include "proxy/openai/wire/sse.h"
#include "proxy/openai/storable/cjson_view.h"

#include <stdlib.h>

struct storable {
	struct storable_options options;
	const struct family *family;
	enum verdict verdict; /* FINE, or the first refusal */
	bool headed;
	bool done; /* [DONE] was seen */
	struct evidence answer;
	struct sse sse;	   /* of a stream */
	struct buf body;   /* of a plain answer */
	size_t kept_bytes; /* handed out */
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
	struct storable *j = memory_new(struct storable);
	const struct expectation *expects = options->expects;
	j->options = *options;
	j->options.expects = NULL;
	j->family = family_of(options->endpoint->family);
	j->answer.vectors = options->vectors;
	j->answer.kind = options->kind;
	j->answer.expected = expects ? expects->choices : 0;
	j->answer.length_limit = expects ? expects->length_limit : -1;
	j->answer.store_empty = options->store_empty;
	j->answer.token_usage = (struct token_usage){-1, -1};
	j->answer.predicted = -1;
	j->answer.arguments = call_arguments_make(options->limit_bytes);
	j->sse = sse_make(options->limit_bytes);
	j->body = buf_make(options->limit_bytes);
	return j;
}

void storable_destroy(struct storable **j)
{
	if (!*j)
		return;
	call_arguments_finish(&(*j)->answer.arguments);
	sse_finish(&(*j)->sse);
	buf_finish(&(*j)->body);
	free(*j);
	*j = NULL;
}

/* The first refusal stays. Nothing is collected from here. */
static void refuse(struct storable *j, enum verdict verdict)
{
	if (j->verdict != VERDICT_FINE || verdict == VERDICT_FINE)
		return;
	j->verdict = verdict;
	sse_finish(&j->sse);
	buf_finish(&j->body);
}

/* ## The head */

enum verdict storable_head_verdict(unsigned status, struct slice content_type,
				   struct slice content_encoding, enum answer_kind *kind)
{
	struct slice encoding = slice_trim(content_encoding);
	if (status != 200)
		return VERDICT_STATUS;
	if (kind ? !answer_kind_came(kind, content_type)
		 : !media_type_is(content_type, "text/event-stream"))
		return VERDICT_CONTENT_TYPE;
	bool encoded = encoding.len && !slice_is_nocase(encoding, "identity");
	return encoded ? VERDICT_CONTENT_ENCODING : VERDICT_FINE;
}

void storable_head(struct storable *j, unsigned status, struct slice content_type,
		   struct slice content_encoding)
{
	bool streamed = j->options.form != WIRE_PLAIN;
	j->headed = true;
	refuse(j, storable_head_verdict(status, content_type, content_encoding,
					streamed ? NULL : &j->answer.kind));
	if (streamed && !j->family->read_event)
		refuse(j, VERDICT_UNEXPECTED_SHAPE);
}

void storable_undelimited(struct storable *j)
{
	if (j->options.form == WIRE_PLAIN && j->answer.kind != ANSWER_JSON)
		refuse(j, VERDICT_NOT_DELIMITED);
}

void storable_refuse(struct storable *j, enum verdict why)
{
	refuse(j, why);
}

enum verdict storable_refusal(const struct storable *j)
{
	return j->verdict;
}

/* ## The body */

static enum verdict hand_out(struct storable *j, struct slice event)
{
	if (event.len > j->options.limit_bytes - j->kept_bytes)
		return VERDICT_TOO_LARGE;
	j->kept_bytes += event.len;
	return j->options.on_event(j->options.context, event) ? VERDICT_FINE : VERDICT_TOO_LARGE;
}

/* Behind the terminal event nothing may come but one [DONE], which OpenRouter sends in any case. */
static enum verdict read_done(struct storable *j)
{
	if (j->done)
		return VERDICT_UNEXPECTED_SHAPE;
	j->done = true;
	if (j->answer.ended)
		return VERDICT_FINE;
	if (!j->family->read_done)
		return VERDICT_NO_TERMINAL_EVENT;
	j->answer.ended = true;
	return j->family->read_done(&j->answer);
}

static enum verdict read_object(struct storable *j, struct slice text)
{
	if (j->answer.ended)
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
	evidence_note(&j->answer, event);
	verdict = j->family->read_event(&j->answer, event);
	unsigned predicted;
	if (evidence_predicted(event, &predicted) && predicted >= j->answer.length_limit)
		choices_prove(&j->answer.choices, event);
	return verdict;
}

static enum verdict read_frame(struct storable *j, const struct sse_frame *frame)
{
	if (frame->bare || slice_is(frame->event, "ping"))
		return VERDICT_FINE;
	enum verdict verdict = VERDICT_FINE;
	if (slice_is(frame->event, "error"))
		verdict = VERDICT_ERROR_INSIDE;
	else if (frame->has_data)
		verdict =
		    slice_is(frame->data, "[DONE]") ? read_done(j) : read_object(j, frame->data);
	return verdict == VERDICT_FINE ? hand_out(j, frame->bytes) : verdict;
}

static void read_frames(struct storable *j)
{
	struct sse_frame frame;
	while (j->verdict == VERDICT_FINE && sse_next(&j->sse, &frame))
		refuse(j, read_frame(j, &frame));
}

/* Frames end with a line break, which JSON has none of inside. */
static bool may_end_event(struct slice bytes)
{
	return memchr(bytes.at, '\n', bytes.len) || memchr(bytes.at, '\r', bytes.len);
}

bool storable_take(struct storable *j, struct slice bytes)
{
	ensure(j->headed);
	if (j->verdict != VERDICT_FINE || bytes.len == 0)
		return false;
	bool plain = j->options.form == WIRE_PLAIN;
	if (plain ? buf_append_slice(&j->body, bytes) : sse_feed(&j->sse, bytes))
		return !plain && may_end_event(bytes);
	refuse(j, VERDICT_TOO_LARGE);
	return false;
}

void storable_read(struct storable *j)
{
	if (j->options.form != WIRE_PLAIN)
		read_frames(j);
}

void storable_feed(struct storable *j, struct slice bytes)
{
	if (storable_take(j, bytes))
		storable_read(j);
}

size_t storable_unread_bytes(const struct storable *j, bool end)
{
	size_t held = j->sse.held.len - j->sse.start;
	return end ? j->body.len + held + j->answer.arguments.bytes : held;
}

size_t storable_memory_bytes(const struct storable *j)
{
	return j->body.cap + j->sse.held.cap + j->sse.joined.cap + j->answer.arguments.bytes;
}

/* ## The end */

static void finish_stream(struct storable *j)
{
	sse_end(&j->sse);
	read_frames(j);
	if (!j->answer.ended || sse_torn(&j->sse))
		refuse(j, VERDICT_NO_TERMINAL_EVENT);
}

static void finish_plain(struct storable *j)
{
	struct slice body = buf_slice(&j->body);
	refuse(j, j->family->raw || json_valid(body) ? j->family->read_body(&j->answer, body)
						     : VERDICT_INVALID_ANSWER);
	if (j->verdict == VERDICT_FINE)
		refuse(j, hand_out(j, body));
}

/* Whether what was cut short has as many tokens as the request allowed, and not less, as where the
 * context was full. Without usage (a stream that was not asked for it) llama.cpp's timings tell. Of
 * several choices usage is a sum (OpenAI, vLLM), of which no choice may have less; or, beside
 * timings, that of the first choice of a plain answer, and of each choice in turn of a stream. */
static bool reached_limit(const struct storable *j)
{
	const struct evidence *a = &j->answer;
	if (a->length_limit < 0 || a->cut_elsewhere || a->cut_proven)
		return a->length_limit >= 0 && !a->cut_elsewhere;
	int64_t tokens = a->token_usage.completion >= 0 ? a->token_usage.completion : a->predicted;
	int64_t choices = a->choices.seen_count ? a->choices.seen_count : 1;
	bool reached = tokens >= 0 && tokens >= a->length_limit;
	if (choices > 1 && a->predicted >= 0)
		return choices_proven(&a->choices, reached && j->options.form == WIRE_PLAIN);
	return reached && tokens >= a->length_limit * choices;
}

static enum verdict length_verdict(const struct storable *j)
{
	if (!j->answer.cut && !j->answer.choices.cut_count)
		return VERDICT_FINE;
	switch (j->options.store_length) {
	case STORE_LENGTH_NEVER:
		return VERDICT_LENGTH_NEVER;
	case STORE_LENGTH_ALWAYS:
		return VERDICT_FINE;
	case STORE_LENGTH_LIMITED:
		break;
	}
	return reached_limit(j) ? VERDICT_FINE : VERDICT_LENGTH_NOT_LIMITED;
}

/* A call without a name or with torn arguments, replayed, fails the same way each time. */
static enum verdict calls_verdict(const struct storable *j)
{
	const struct call_arguments *calls = &j->answer.arguments;
	switch (j->options.store_tool_calls) {
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

enum verdict storable_finish(struct storable *j)
{
	ensure(j->headed);
	if (j->verdict != VERDICT_FINE)
		return j->verdict;
	if (j->options.form == WIRE_PLAIN)
		finish_plain(j);
	else
		finish_stream(j);
	refuse(j, length_verdict(j));
	refuse(j, calls_verdict(j));
	if (j->answer.server_state)
		refuse(j, VERDICT_SERVER_STATE);
	if (j->answer.stored_upstream)
		refuse(j, VERDICT_STORED_UPSTREAM);
	return j->verdict;
}

struct token_usage storable_spend(const struct storable *j)
{
	return j->answer.token_usage;
}

uint64_t storable_id(const struct storable *j)
{
	return j->answer.id;
}
