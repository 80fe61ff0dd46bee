#include "tests/lib/demo_speech.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "tests/lib/demo_text.h"
#include "tests/lib/demo_tool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* At 40 tokens/s between a half and two seconds. */
enum {
	TOKENS_LEAST = 24,
	TOKENS_SPREAD = 48,
};

struct choice {
	struct demo_text text; /* what is said, or the arguments of the call */
	const char *finish_reason;
};

struct demo_speech {
	/* constant after create */
	const struct demo_question *question;
	char id[40];
	char call_id[40];
	double created;
	unsigned tokens; /* of all choices */
	struct choice *choices;
	/* where demo_speech_next is */
	unsigned choice;
	size_t step; /* within the choice; past the last choice: within the end */
	unsigned said;
};

static void make_id(char *at, size_t room, const char *prefix)
{
	static atomic_uint_fast64_t counter;
	uint64_t dice = atomic_fetch_add(&counter, 1) + ((uint64_t)clock_wall_ms() << 20);
	snprintf(at, room, "%s-%016llx", prefix, (unsigned long long)demo_roll(&dice));
}

static struct choice make_call(const struct demo_question *q, uint64_t seed)
{
	char *arguments = demo_tool_arguments(q->tool, seed);
	struct choice c = {demo_text_cut(slice_of(arguments)), "tool_calls"};
	cJSON_free(arguments);
	return c;
}

static struct choice make_choice(const struct demo_question *q, unsigned index)
{
	uint64_t seed = q->seed + index;
	if (q->tool)
		return make_call(q, seed);
	uint64_t dice = seed;
	unsigned wanted = TOKENS_LEAST + (unsigned)(demo_roll(&dice) % TOKENS_SPREAD);
	if (wanted < q->least)
		wanted = q->least;
	if (wanted <= q->limit)
		return (struct choice){demo_text_sentences(seed, wanted), "stop"};
	return (struct choice){demo_text_sentences(seed, q->limit), "length"};
}

struct demo_speech *demo_speech_create(const struct demo_question *question)
{
	struct demo_speech *s = memory_new(struct demo_speech);
	s->question = question;
	make_id(s->id, sizeof s->id, question->kind == DEMO_CHAT ? "chatcmpl" : "cmpl");
	make_id(s->call_id, sizeof s->call_id, "call");
	s->created = (double)(clock_wall_ms() / 1000);
	s->choices = memory_zeroed(question->choices * sizeof *s->choices);
	for (unsigned i = 0; i < question->choices; i++) {
		s->choices[i] = make_choice(question, i);
		s->tokens += (unsigned)s->choices[i].text.count;
	}
	return s;
}

void demo_speech_destroy(struct demo_speech **speech)
{
	struct demo_speech *gone = take(speech);
	if (!gone)
		return;
	for (unsigned i = 0; i < gone->question->choices; i++)
		demo_text_finish(&gone->choices[i].text);
	free(gone->choices);
	free(gone);
}

/* ## Parts of both wire forms */

static cJSON *make_envelope(const struct demo_speech *s, const char *object_name)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "id", s->id);
	cJSON_AddStringToObject(object, "object", object_name);
	cJSON_AddNumberToObject(object, "created", s->created);
	cJSON_AddStringToObject(object, "model", s->question->model);
	return object;
}

static void add_usage(const struct demo_speech *s, cJSON *object)
{
	cJSON *usage = cJSON_AddObjectToObject(object, "usage");
	cJSON_AddNumberToObject(usage, "prompt_tokens", s->question->prompt_tokens);
	cJSON_AddNumberToObject(usage, "completion_tokens", s->tokens);
	cJSON_AddNumberToObject(usage, "total_tokens", s->question->prompt_tokens + s->tokens);
}

static void add_slice(cJSON *object, const char *name, struct slice text)
{
	char *copy = memory_copy(text.at, text.len);
	cJSON_AddStringToObject(object, name, copy);
	free(copy);
}

/* A call, or a part of one: id and name come with its first part. */
static cJSON *make_tool_call(const struct demo_speech *s, bool first, struct slice arguments)
{
	cJSON *call = cJSON_CreateObject();
	if (first) {
		cJSON_AddStringToObject(call, "id", s->call_id);
		cJSON_AddStringToObject(call, "type", "function");
	}
	cJSON *function = cJSON_AddObjectToObject(call, "function");
	if (first) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(s->question->tool, "name");
		cJSON_AddStringToObject(function, "name", cJSON_GetStringValue(name));
	}
	add_slice(function, "arguments", arguments);
	return call;
}

/* ## One object */

static void add_message(const struct demo_speech *s, cJSON *choice, struct slice text)
{
	cJSON *message = cJSON_AddObjectToObject(choice, "message");
	cJSON_AddStringToObject(message, "role", "assistant");
	if (!s->question->tool) {
		add_slice(message, "content", text);
		return;
	}
	cJSON_AddNullToObject(message, "content");
	cJSON *calls = cJSON_AddArrayToObject(message, "tool_calls");
	cJSON_AddItemToArray(calls, make_tool_call(s, true, text));
}

cJSON *demo_speech_whole(const struct demo_speech *s, unsigned *ret_tokens)
{
	bool chat = s->question->kind == DEMO_CHAT;
	cJSON *object = make_envelope(s, chat ? "chat.completion" : "text_completion");
	cJSON *choices = cJSON_AddArrayToObject(object, "choices");
	for (unsigned i = 0; i < s->question->choices; i++) {
		const struct choice *c = &s->choices[i];
		cJSON *choice = cJSON_CreateObject();
		cJSON_AddNumberToObject(choice, "index", i);
		if (chat)
			add_message(s, choice, buf_slice(&c->text.bytes));
		else
			add_slice(choice, "text", buf_slice(&c->text.bytes));
		cJSON_AddNullToObject(choice, "logprobs");
		cJSON_AddStringToObject(choice, "finish_reason", c->finish_reason);
		cJSON_AddItemToArray(choices, choice);
	}
	add_usage(s, object);
	*ret_tokens = s->tokens;
	return object;
}

/* ## Events */

static bool append_event(struct buf *to, cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	bool fits = buf_printf(to, "data: %s\n\n", text);
	cJSON_free(text);
	return fits;
}

/* What a chat event adds: the role at first, then a token each, at last nothing. */
static void add_delta(const struct demo_speech *s, cJSON *choice, const struct demo_text *text)
{
	cJSON *delta = cJSON_AddObjectToObject(choice, "delta");
	if (s->step == 0) {
		cJSON_AddStringToObject(delta, "role", "assistant");
		cJSON_AddStringToObject(delta, "content", "");
	} else if (s->step > text->count) {
		return;
	} else if (s->question->tool) {
		cJSON *call = make_tool_call(s, s->step == 1, demo_text_token(text, s->step - 1));
		cJSON_AddNumberToObject(call, "index", 0);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(delta, "tool_calls"), call);
	} else {
		add_slice(delta, "content", demo_text_token(text, s->step - 1));
	}
}

static bool append_choice_event(struct demo_speech *s, struct buf *to)
{
	const struct choice *c = &s->choices[s->choice];
	bool chat = s->question->kind == DEMO_CHAT;
	cJSON *object = make_envelope(s, chat ? "chat.completion.chunk" : "text_completion");
	cJSON *choice = cJSON_CreateObject();
	cJSON_AddNumberToObject(choice, "index", s->choice);
	bool finish = s->step == c->text.count + 1;
	if (chat)
		add_delta(s, choice, &c->text);
	else
		add_slice(choice, "text",
			  finish ? slice_of("") : demo_text_token(&c->text, s->step - 1));
	if (finish)
		cJSON_AddStringToObject(choice, "finish_reason", c->finish_reason);
	else
		cJSON_AddNullToObject(choice, "finish_reason");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(object, "choices"), choice);
	return append_event(to, object);
}

static bool append_usage_event(struct demo_speech *s, struct buf *to)
{
	bool chat = s->question->kind == DEMO_CHAT;
	cJSON *object = make_envelope(s, chat ? "chat.completion.chunk" : "text_completion");
	cJSON_AddArrayToObject(object, "choices");
	add_usage(s, object);
	return append_event(to, object);
}

size_t demo_speech_events(const struct demo_speech *s)
{
	/* Role (chat only) and finish for each choice; usage and [DONE]. */
	return s->tokens + 2 * s->question->choices + 2;
}

/* Past the last choice: step 0 is the usage, step 1 `[DONE]`. */
static bool append_end(struct demo_speech *s, struct buf *to)
{
	if (s->step == 0 && s->question->include_usage) {
		s->step = 1;
		return append_usage_event(s, to);
	}
	if (s->step > 1)
		return false;
	s->step = 2;
	return buf_append_text(to, "data: [DONE]\n\n");
}

bool demo_speech_next(struct demo_speech *s, struct buf *to, unsigned *ret_tokens)
{
	if (s->choice == s->question->choices) {
		*ret_tokens = s->tokens;
		return append_end(s, to);
	}
	const struct demo_text *text = &s->choices[s->choice].text;
	if (s->step == 0 && s->question->kind == DEMO_COMPLETION)
		s->step = 1;
	if (s->step > 0 && s->step <= text->count)
		s->said++;
	*ret_tokens = s->said;
	ensure(append_choice_event(s, to));
	if (s->step++ == text->count + 1) {
		s->choice++;
		s->step = 0;
	}
	return true;
}
