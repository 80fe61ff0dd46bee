/* Answers to be judged: a judge fed in small portions, and the pieces that answers are made of. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/judge.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { LIMIT = 4 << 20 };

static inline bool keep(void *context, struct slice event)
{
	return buf_append_slice(context, event);
}

static inline const struct endpoint *at(const char *path)
{
	bool models = strcmp(path, "/v1/models") == 0;
	const struct endpoint *endpoint =
	    endpoint_find(slice_of(models ? "GET" : "POST"), slice_of(path));
	ck_assert_msg(endpoint, "%s", path);
	return endpoint;
}

static inline void feed(struct judge *j, struct slice text, size_t most)
{
	uint32_t seed = 5;
	while (text.len) {
		size_t n = 1 + trace_random(&seed) % most;
		if (n > text.len)
			n = text.len;
		judge_feed(j, slice_make(text.at, n));
		text = slice_after(text, n);
	}
}

/* The verdict on a good head and this body, fed in portions of at most so many bytes. */
static inline enum verdict judge(const struct judge_options *options, struct slice body,
				 size_t most)
{
	struct judge *j = judge_create(options);
	judge_head(j, 200,
		   slice_of(options->form != WIRE_PLAIN ? "text/event-stream; charset=utf-8"
							: "application/json"),
		   slice_of(""));
	feed(j, body, most);
	enum verdict verdict = judge_finish(j);
	judge_destroy(&j);
	return verdict;
}

/* ## Paths */

#define CHAT "/v1/chat/completions"
#define COMPLETIONS "/v1/completions"
#define NATIVE "/completion"
#define EMBEDDINGS "/v1/embeddings"
#define RESPONSES "/v1/responses"
#define MESSAGES "/v1/messages"
#define RERANK "/v1/rerank"
#define TOKENS "/tokenize"
#define MODELS "/v1/models"

/* ## Plain answers */

#define CHAT_BODY(choices) "{\"object\":\"chat.completion\",\"choices\":[" choices "]}"
#define CHAT_CHOICE(reason) "{\"index\":0,\"message\":{},\"finish_reason\":" reason "}"
#define TEXT_BODY(choices) "{\"object\":\"text_completion\",\"choices\":[" choices "]}"
#define NATIVE_BODY(more) "{\"index\":0,\"content\":\"a\",\"stop\":true," more "}"
#define RESPONSE(more) "{\"object\":\"response\",\"output\":[]," more "}"
#define MESSAGE(reason) "{\"type\":\"message\",\"content\":[],\"stop_reason\":" reason "}"

/* ## Streams */

#define DATA(text) "data: " text "\n\n"
#define EVENT(type, more) "event: " type "\ndata: {\"type\":\"" type "\"" more "}\n\n"
#define DONE DATA("[DONE]")
#define CHUNK(choices) DATA("{\"object\":\"chat.completion.chunk\",\"choices\":[" choices "]}")
#define DELTA(index, reason)                                                                       \
	"{\"index\":" index ",\"delta\":{\"content\":\"a\"},\"finish_reason\":" reason "}"
#define MORE CHUNK(DELTA("0", "null"))
#define STOP CHUNK(DELTA("0", "\"stop\""))
#define USAGE DATA("{\"choices\":[],\"usage\":{}}")
#define TEXT(reason)                                                                               \
	DATA("{\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":" reason "}]}")
#define NATIVE_MORE DATA("{\"index\":0,\"content\":\"a\",\"stop\":false}")
#define NATIVE_STOP(index, type)                                                                   \
	DATA("{\"index\":" index ",\"content\":\"\",\"stop\":true,\"stop_type\":\"" type "\"}")
#define COMPLETED(more) EVENT("response.completed", ",\"response\":" RESPONSE(more))
#define START EVENT("message_start", ",\"message\":{\"stop_reason\":null}")
#define BLOCK EVENT("content_block_start", ",\"index\":0") EVENT("content_block_delta", "")
#define BLOCK_END EVENT("content_block_stop", ",\"index\":0")
#define STOPPED(reason) EVENT("message_delta", ",\"delta\":{\"stop_reason\":" reason "}")
#define MESSAGE_END EVENT("message_stop", "")
