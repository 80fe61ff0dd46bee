#include "tests/lib/demo_answer.h"

#include "base/memory.h"
#include "tests/lib/demo_embedding.h"
#include "tests/lib/demo_question.h"
#include "tests/lib/demo_speech.h"

#include <stdlib.h>

enum { ANSWER_LIMIT = 64 << 20 };

static struct demo_answer *make(unsigned status)
{
	struct demo_answer *answer = memory_new(struct demo_answer);
	answer->status = status;
	answer->bytes = buf_make(ANSWER_LIMIT);
	return answer;
}

/* Takes the object. */
static struct demo_answer *make_object(unsigned status, cJSON *object, unsigned tokens)
{
	struct demo_answer *answer = make(status);
	char *text = cJSON_PrintUnformatted(object);
	cJSON_Delete(object);
	bool fits = buf_append_text(&answer->bytes, text);
	cJSON_free(text);
	if (!fits) {
		demo_answer_destroy(&answer);
		return demo_answer_error(500, "server_error", "the answer would be too long");
	}
	answer->marks = memory_new(struct demo_mark);
	answer->marks[0] = (struct demo_mark){answer->bytes.len, tokens};
	answer->mark_count = 1;
	return answer;
}

void demo_answer_destroy(struct demo_answer **answer)
{
	struct demo_answer *gone = take(answer);
	if (!gone)
		return;
	buf_finish(&gone->bytes);
	free(gone->marks);
	free(gone);
}

struct demo_answer *demo_answer_error(unsigned status, const char *type, const char *message)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *error = cJSON_AddObjectToObject(object, "error");
	cJSON_AddStringToObject(error, "message", message);
	cJSON_AddStringToObject(error, "type", type);
	cJSON_AddNullToObject(error, "param");
	cJSON_AddNullToObject(error, "code");
	return make_object(status, object, 0);
}

static struct demo_answer *refuse(const char *message)
{
	return demo_answer_error(400, "invalid_request_error", message);
}

struct demo_answer *demo_answer_models(void)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "object", "list");
	cJSON *model = cJSON_CreateObject();
	cJSON_AddStringToObject(model, "id", "demo-model");
	cJSON_AddStringToObject(model, "object", "model");
	cJSON_AddNumberToObject(model, "created", 0);
	cJSON_AddStringToObject(model, "owned_by", "reprise");
	cJSON_AddItemToArray(cJSON_AddArrayToObject(object, "data"), model);
	return make_object(200, object, 0);
}

struct demo_answer *demo_answer_number(const char *name, double value)
{
	cJSON *object = cJSON_CreateObject();
	cJSON_AddNumberToObject(object, name, value);
	return make_object(200, object, 0);
}

static struct demo_answer *make_stream(struct demo_speech *speech)
{
	struct demo_answer *answer = make(200);
	answer->stream = true;
	size_t room = demo_speech_events(speech);
	answer->marks = memory_zeroed(room * sizeof *answer->marks);
	struct demo_mark mark = {0};
	while (demo_speech_next(speech, &answer->bytes, &mark.tokens)) {
		mark.end = answer->bytes.len;
		answer->marks[answer->mark_count++] = mark;
	}
	return answer;
}

static struct demo_answer *speak(const struct demo_question *question)
{
	scoped(demo_speech_destroy) struct demo_speech *speech = demo_speech_create(question);
	if (question->stream)
		return make_stream(speech);
	unsigned tokens;
	cJSON *whole = demo_speech_whole(speech, &tokens);
	return make_object(200, whole, tokens);
}

static struct demo_answer *embed(const struct demo_question *question)
{
	struct error_text why;
	cJSON *object = demo_embedding_list(question, &why);
	return object ? make_object(200, object, 0) : refuse(why.text);
}

static bool find_kind(struct slice path, enum demo_kind *ret_kind)
{
	static const struct {
		const char *path;
		enum demo_kind kind;
	} paths[] = {
	    {"/chat/completions", DEMO_CHAT},
	    {"/completions", DEMO_COMPLETION},
	    {"/embeddings", DEMO_EMBEDDINGS},
	};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (slice_is(path, paths[i].path)) {
			*ret_kind = paths[i].kind;
			return true;
		}
	return false;
}

struct demo_answer *demo_answer_create(struct slice path, struct slice body)
{
	enum demo_kind kind;
	if (!find_kind(path, &kind))
		return NULL;
	cJSON *json = cJSON_ParseWithLength(body.at, body.len);
	struct demo_answer *answer;
	struct demo_question question;
	struct error_text why;
	if (!cJSON_IsObject(json))
		answer = refuse("the body must be a JSON object");
	else if (!demo_question_read(kind, json, &question, &why))
		answer = refuse(why.text);
	else
		answer = kind == DEMO_EMBEDDINGS ? embed(&question) : speak(&question);
	cJSON_Delete(json);
	return answer;
}
