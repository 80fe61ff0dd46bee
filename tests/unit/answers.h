/* Feeds answers to a storable check in small portions, and defines pieces to build answers from. */
#pragma once

#include "base/buf.h"
#include "proxy/openai/storable/storable.h"
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

static inline void feed(struct storable *j, struct slice text, size_t most)
{
	uint32_t seed = 5;
	while (text.len) {
		size_t n = 1 + trace_random(&seed) % most;
		if (n > text.len)
			n = text.len;
		storable_feed(j, slice_make(text.at, n));
		text = slice_after(text, n);
	}
}

/* Returns the verdict on a good head and this body, fed in portions of at most `most` bytes. */
static inline enum verdict storable(const struct storable_options *options, struct slice body,
				    size_t most)
{
	struct storable *j = storable_create(options);
	storable_head(j, 200,
		      slice_of(options->form != WIRE_PLAIN ? "text/event-stream; charset=utf-8"
							   : "application/json"),
		      slice_of(""));
	feed(j, body, most);
	enum verdict verdict = storable_finish(j);
	storable_destroy(&j);
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
#define CHAT_SAYING(index, reason, message)                                                        \
	"{\"index\":" index ",\"message\":" message ",\"finish_reason\":" reason "}"
#define CHAT_CHOICE(reason) CHAT_SAYING("0", reason, "{\"content\":\"a\"}")
#define TEXT_BODY(choices) "{\"object\":\"text_completion\",\"choices\":[" choices "]}"
#define NATIVE_BODY(more) "{\"index\":0,\"content\":\"a\",\"stop\":true," more "}"
#define RESPONSE_OF(items, more) "{\"object\":\"response\",\"output\":[" items "]," more "}"
#define RESPONSE(more)                                                                             \
	RESPONSE_OF("{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":"       \
		    "\"a\"}]}",                                                                    \
		    more)
#define MESSAGE_WITH(blocks, reason)                                                               \
	"{\"type\":\"message\",\"content\":[" blocks "],\"stop_reason\":" reason "}"
#define MESSAGE(reason) MESSAGE_WITH("{\"type\":\"text\",\"text\":\"a\"}", reason)

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
	DATA("{\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":" reason "}]}")
#define NATIVE_MORE DATA("{\"index\":0,\"content\":\"a\",\"stop\":false}")
#define NATIVE_STOP(index, type)                                                                   \
	DATA("{\"index\":" index ",\"content\":\"\",\"stop\":true,\"stop_type\":\"" type "\"}")
#define COMPLETED(more) EVENT("response.completed", ",\"response\":" RESPONSE(more))
#define START EVENT("message_start", ",\"message\":{\"stop_reason\":null}")
#define BLOCK_OF(block, delta)                                                                     \
	EVENT("content_block_start", ",\"index\":0,\"content_block\":" block)                      \
	EVENT("content_block_delta", ",\"index\":0,\"delta\":" delta)
#define BLOCK                                                                                      \
	BLOCK_OF("{\"type\":\"text\",\"text\":\"\"}", "{\"type\":\"text_delta\",\"text\":\"a\"}")
#define BLOCK_END EVENT("content_block_stop", ",\"index\":0")
#define STOPPED(reason) EVENT("message_delta", ",\"delta\":{\"stop_reason\":" reason "}")
#define MESSAGE_END EVENT("message_stop", "")

/* ## Documents and their verdicts */

struct document {
	const char *path;
	const char *body;
	enum verdict verdict;
	unsigned choices; /* the requested number; 0: unknown */
};

static inline void check_documents(const struct document *cases, size_t count, enum wire_form form)
{
	for (size_t i = 0; i < count; i++) {
		struct slice body = slice_of(cases[i].body);
		for (size_t most = 1; most < 100; most *= 7) {
			struct buf kept = buf_make(LIMIT);
			struct expectation expects = {.choices = cases[i].choices,
						      .length_limit = -1};
			struct storable_options options = {
			    .endpoint = at(cases[i].path),
			    .form = form,
			    .expects = cases[i].choices ? &expects : NULL,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			enum verdict got = storable(&options, body, most);
			ck_assert_msg(got == cases[i].verdict, "%s: %s", cases[i].body,
				      verdict_text(got));
			ck_assert(got != VERDICT_FINE || kept.len > 0);
			buf_finish(&kept);
		}
	}
}

#define SAYS "{\"content\":\"a\"}"
#define CALLING "{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}"
#define PARTS(text) "{\"content\":[{\"type\":\"text\",\"text\":" text "}]}"
#define TWO CHAT_CHOICE("\"stop\"") "," CHAT_SAYING("1", "\"stop\"", SAYS)
#define TOOL_BLOCK "{\"type\":\"tool_use\",\"name\":\"f\",\"input\":{}}"

#define COMPLETE "\"status\":\"completed\""
#define OUTPUT(text, status)                                                                       \
	"{\"type\":\"message\",\"status\":" status                                                 \
	",\"content\":[{\"type\":\"output_text\",\"text\":" text "}]}"
#define ENDING(reason) CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":" reason "}")
