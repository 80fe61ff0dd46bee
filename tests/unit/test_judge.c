#include "proxy/openai/judge.h"

#include "base/buf.h"
#include "cache/canonical.h"
#include "proxy/openai/ask.h"
#include "tests/unit/main.h"
#include "tests/unit/trace.h"

enum { LIMIT = 4 << 20 };

static bool keep(void *context, struct slice event)
{
	return buf_append_slice(context, event);
}

static const struct endpoint *at(const char *path)
{
	const struct endpoint *endpoint = endpoint_find(slice_of("POST"), slice_of(path));
	ck_assert_msg(endpoint, "%s", path);
	return endpoint;
}

static void feed(struct judge *j, struct slice text, size_t most)
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
static enum verdict judge(const struct judge_options *options, struct slice body, size_t most)
{
	struct judge *j = judge_create(options);
	judge_head(j, 200,
		   slice_of(options->form == WIRE_STREAM ? "text/event-stream; charset=utf-8"
							 : "application/json"),
		   slice_of(""));
	feed(j, body, most);
	enum verdict verdict = judge_finish(j);
	ck_assert(judge_so_far(j) == verdict);
	judge_destroy(&j);
	return verdict;
}

/* ## Documents */

#define CHAT "/v1/chat/completions"
#define COMPLETIONS "/v1/completions"
#define NATIVE "/completion"
#define EMBEDDINGS "/v1/embeddings"
#define RESPONSES "/v1/responses"
#define MESSAGES "/v1/messages"
#define RERANK "/v1/rerank"
#define TOKENS "/tokenize"

struct document {
	const char *path;
	const char *body;
	enum verdict verdict;
};

static void check_documents(const struct document *cases, size_t count, enum wire_form form)
{
	for (size_t i = 0; i < count; i++) {
		struct slice body = slice_of(cases[i].body);
		for (size_t most = 1; most < 100; most *= 7) {
			struct buf kept = buf_make(LIMIT);
			struct judge_options options = {
			    .endpoint = at(cases[i].path),
			    .form = form,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			enum verdict got = judge(&options, body, most);
			ck_assert_msg(got == cases[i].verdict, "%s: %s", cases[i].body,
				      verdict_text(got));
			ck_assert(got != VERDICT_FINE || kept.len > 0);
			buf_finish(&kept);
		}
	}
}

#define CHAT_BODY(choices) "{\"object\":\"chat.completion\",\"choices\":[" choices "]}"
#define CHAT_CHOICE(reason) "{\"index\":0,\"message\":{},\"finish_reason\":" reason "}"
#define TEXT_BODY(choices) "{\"object\":\"text_completion\",\"choices\":[" choices "]}"
#define NATIVE_BODY(more) "{\"index\":0,\"content\":\"a\",\"stop\":true," more "}"
#define RESPONSE(more) "{\"object\":\"response\",\"output\":[]," more "}"
#define MESSAGE(reason) "{\"type\":\"message\",\"content\":[],\"stop_reason\":" reason "}"

START_TEST(plain_documents)
{
	static const struct document cases[] = {
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_FINE},
	    {CHAT, " " CHAT_BODY(CHAT_CHOICE("\"stop\"")) "\n", VERDICT_FINE},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"tool_calls\"")), VERDICT_FINE},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"function_call\"")), VERDICT_FINE},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_CHOICE("\"stop\"")), VERDICT_FINE},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_CHOICE("\"error\"")),
	     VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"length\"")), VERDICT_LENGTH_NOT_LIMITED},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"content_filter\"")), VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"abort\"")), VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"Stop\"")), VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("null")), VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY("{\"message\":{}}"), VERDICT_FINISH_REASON},
	    {CHAT, CHAT_BODY("{\"finish_reason\":\"stop\"}"), VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHAT_BODY("null"), VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHAT_BODY("{\"message\":{},\"finish_reason\":\"stop\",\"error\":{}}"),
	     VERDICT_ERROR_INSIDE},
	    {CHAT, CHAT_BODY(""), VERDICT_NO_CHOICES},
	    {CHAT, "{\"object\":\"chat.completion\"}", VERDICT_NO_CHOICES},
	    {CHAT, "{\"object\":\"chat.completion\",\"choices\":{}}", VERDICT_NO_CHOICES},
	    {CHAT, "{\"object\":\"chat.completion.chunk\"}", VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, "{\"error\":{\"message\":\"m\"}}", VERDICT_ERROR_INSIDE},
	    {CHAT, "{\"error\":\"Unauthorized\"}", VERDICT_ERROR_INSIDE},
	    {CHAT, "{\"error\":null}", VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, "{\"cache\":\"error\"}", VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, "null", VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, "[]", VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, "", VERDICT_INVALID_ANSWER},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")) "x", VERDICT_INVALID_ANSWER},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")) CHAT_BODY(""), VERDICT_INVALID_ANSWER},
	    {CHAT, "{\"object\":\"chat.completion\",\"choices\":[", VERDICT_INVALID_ANSWER},
	    {CHAT, "{\"object\":\"chat.completion\",\"x\":\"\xff\"}", VERDICT_INVALID_ANSWER},
	    {CHAT, "data: [DONE]\n\n", VERDICT_INVALID_ANSWER},
	    /* vLLM dumps its nulls. */
	    {CHAT,
	     "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
	     "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\","
	     "\"refusal\":null,\"annotations\":null,\"audio\":null,\"function_call\":null,"
	     "\"tool_calls\":[],\"reasoning\":null},\"logprobs\":null,\"finish_reason\":\"stop\","
	     "\"stop_reason\":null,\"token_ids\":null}],\"service_tier\":null,"
	     "\"system_fingerprint\":null,\"usage\":{\"prompt_tokens\":1,\"total_tokens\":2,"
	     "\"completion_tokens\":1,\"prompt_tokens_details\":null},\"prompt_logprobs\":null,"
	     "\"kv_transfer_params\":null}",
	     VERDICT_FINE},

	    {COMPLETIONS, TEXT_BODY("{\"text\":\"\",\"finish_reason\":\"stop\"}"), VERDICT_FINE},
	    {COMPLETIONS, TEXT_BODY("{\"text\":\"\",\"finish_reason\":\"length\"}"),
	     VERDICT_LENGTH_NOT_LIMITED},
	    {COMPLETIONS, TEXT_BODY("{\"finish_reason\":\"stop\"}"), VERDICT_UNEXPECTED_SHAPE},
	    {COMPLETIONS, TEXT_BODY(""), VERDICT_NO_CHOICES},
	    {COMPLETIONS, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_UNEXPECTED_SHAPE},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\""), VERDICT_FINE},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"word\""), VERDICT_FINE},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"limit\""), VERDICT_LENGTH_NOT_LIMITED},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"none\""), VERDICT_FINISH_REASON},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":true"),
	     VERDICT_FINISH_REASON},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":false"), VERDICT_FINE},
	    {NATIVE, "{\"content\":\"a\",\"stop\":false}", VERDICT_FINISH_REASON},
	    {NATIVE, "{\"stop\":true,\"stop_type\":\"eos\"}", VERDICT_UNEXPECTED_SHAPE},
	    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "]", VERDICT_FINE},
	    {NATIVE,
	     "[" NATIVE_BODY("\"stop_type\":\"eos\"") "," NATIVE_BODY("\"stop_type\":\"none\"") "]",
	     VERDICT_FINISH_REASON},
	    {NATIVE, "[]", VERDICT_NO_CHOICES},
	    {NATIVE, "[{\"error\":{}}]", VERDICT_ERROR_INSIDE},
	    {NATIVE, "{\"error\":{}}", VERDICT_ERROR_INSIDE},

	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[0.5]}]}", VERDICT_FINE},
	    {EMBEDDINGS, "{\"data\":[{\"embedding\":[0.5]}],\"object\":\"list\"}", VERDICT_FINE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":\"AAAA\"}]}", VERDICT_FINE},
	    {EMBEDDINGS,
	     "{\"id\":\"embd-1\",\"object\":\"list\",\"data\":[{\"index\":0,\"object\":"
	     "\"embedding\",\"embedding\":[1,2]},{\"index\":1,\"object\":\"embedding\","
	     "\"embedding\":[3,4]}],\"usage\":{\"completion_tokens\":0,\"data\":1}}",
	     VERDICT_FINE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},{\"embedding\":[]}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},{\"a\":[1]}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},5]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":null}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":\"\"}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"a\":{\"embedding\":[1]}}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[]}", VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"other\":[{\"embedding\":[1]}]}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":{\"embedding\":[1]}}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"data\":[{\"embedding\":[0.5]}]}", VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]}],\"error\":{}}",
	     VERDICT_ERROR_INSIDE},
	    {EMBEDDINGS, "{\"error\":\"no\"}", VERDICT_ERROR_INSIDE},
	    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]}],\"error\":null}",
	     VERDICT_FINE},
	    {EMBEDDINGS, "[{\"index\":0,\"embedding\":[[0.5,1]]}]", VERDICT_FINE},
	    {EMBEDDINGS, "[{\"embedding\":[1]},{\"embedding\":[]}]", VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "[]", VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "[1]", VERDICT_UNEXPECTED_SHAPE},
	    {EMBEDDINGS, "\"a\"", VERDICT_UNEXPECTED_SHAPE},

	    {RESPONSES, RESPONSE("\"status\":\"completed\""), VERDICT_FINE},
	    {RESPONSES,
	     RESPONSE("\"status\":\"completed\",\"error\":null,\"incomplete_details\":null"),
	     VERDICT_FINE},
	    {RESPONSES,
	     RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
		      "\"max_output_tokens\"}"),
	     VERDICT_LENGTH_NOT_LIMITED},
	    {RESPONSES,
	     RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
		      "\"content_filter\"}"),
	     VERDICT_FINISH_REASON},
	    {RESPONSES, RESPONSE("\"status\":\"completed\",\"incomplete_details\":{}"),
	     VERDICT_FINISH_REASON},
	    {RESPONSES, RESPONSE("\"status\":\"failed\""), VERDICT_ERROR_INSIDE},
	    {RESPONSES, RESPONSE("\"status\":\"completed\",\"error\":{\"code\":\"c\"}"),
	     VERDICT_ERROR_INSIDE},
	    {RESPONSES, RESPONSE("\"status\":\"in_progress\""), VERDICT_FINISH_REASON},
	    {RESPONSES, RESPONSE("\"status\":\"queued\""), VERDICT_FINISH_REASON},
	    {RESPONSES, RESPONSE("\"x\":1"), VERDICT_FINISH_REASON},
	    {RESPONSES, "{\"object\":\"response\",\"status\":\"completed\"}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {RESPONSES, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_UNEXPECTED_SHAPE},

	    {MESSAGES, MESSAGE("\"end_turn\""), VERDICT_FINE},
	    {MESSAGES, MESSAGE("\"stop_sequence\""), VERDICT_FINE},
	    {MESSAGES, MESSAGE("\"tool_use\""), VERDICT_FINE},
	    {MESSAGES, MESSAGE("\"max_tokens\""), VERDICT_LENGTH_NOT_LIMITED},
	    {MESSAGES, MESSAGE("\"pause_turn\""), VERDICT_FINISH_REASON},
	    {MESSAGES, MESSAGE("\"refusal\""), VERDICT_FINISH_REASON},
	    {MESSAGES, MESSAGE("null"), VERDICT_FINISH_REASON},
	    {MESSAGES, "{\"type\":\"message\",\"stop_reason\":\"end_turn\"}",
	     VERDICT_UNEXPECTED_SHAPE},
	    {MESSAGES, "{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}",
	     VERDICT_ERROR_INSIDE},

	    {RERANK, "{\"results\":[{\"index\":0,\"relevance_score\":0.5}]}", VERDICT_FINE},
	    {RERANK, "{\"results\":[{\"index\":0}]}", VERDICT_UNEXPECTED_SHAPE},
	    {RERANK, "{\"results\":[]}", VERDICT_UNEXPECTED_SHAPE},
	    {RERANK, "[{\"index\":0,\"score\":0.5}]", VERDICT_FINE},
	    {RERANK, "[{\"score\":0.5}]", VERDICT_UNEXPECTED_SHAPE},
	    {RERANK, "[]", VERDICT_UNEXPECTED_SHAPE},
	    {RERANK, "{\"error\":{}}", VERDICT_ERROR_INSIDE},

	    {TOKENS, "{\"tokens\":[]}", VERDICT_FINE},
	    {TOKENS, "{\"count\":1,\"max_model_len\":5,\"tokens\":[1],\"token_strs\":null}",
	     VERDICT_FINE},
	    {"/detokenize", "{\"content\":\"\"}", VERDICT_FINE},
	    {"/detokenize", "{\"prompt\":\"\"}", VERDICT_FINE},
	    {"/v1/messages/count_tokens", "{\"input_tokens\":1}", VERDICT_FINE},
	    {TOKENS, "{\"tokens\":5}", VERDICT_UNEXPECTED_SHAPE},
	    {TOKENS, "{}", VERDICT_UNEXPECTED_SHAPE},
	    {TOKENS, "[]", VERDICT_UNEXPECTED_SHAPE},
	    {TOKENS, "{\"tokens\":[],\"error\":\"e\"}", VERDICT_ERROR_INSIDE},
	};
	check_documents(cases, sizeof(cases) / sizeof(cases[0]), WIRE_PLAIN);
}
END_TEST

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

START_TEST(streamed_documents)
{
	static const struct document cases[] = {
	    {CHAT, MORE STOP DONE, VERDICT_FINE},
	    {CHAT, MORE STOP USAGE DONE, VERDICT_FINE},
	    {CHAT, MORE STOP DONE "\n", VERDICT_FINE},
	    {CHAT, MORE STOP DONE ": bye\n\n", VERDICT_FINE},
	    {CHAT, ":\n\n" MORE ": x\n\n" STOP DONE, VERDICT_FINE},
	    {CHAT, MORE STOP "data:[DONE]\r\n\r\n", VERDICT_FINE},
	    {CHAT, MORE CHUNK(DELTA("0", "\"tool_calls\"")) DONE, VERDICT_FINE},
	    {CHAT, MORE CHUNK(DELTA("0", "\"length\"")) DONE, VERDICT_LENGTH_NOT_LIMITED},
	    {CHAT, MORE CHUNK(DELTA("0", "\"abort\"")) DONE, VERDICT_FINISH_REASON},
	    {CHAT, MORE DONE, VERDICT_FINISH_REASON},
	    {CHAT, MORE STOP, VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, MORE STOP "data: [DONE]\n", VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, MORE STOP "data: [DO", VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, MORE STOP DONE DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, MORE STOP DONE MORE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, MORE STOP DONE "data: {", VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, "", VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, ":\n\n", VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, DONE, VERDICT_NO_CHOICES},
	    {CHAT, USAGE DONE, VERDICT_NO_CHOICES},
	    {CHAT, DATA("null") MORE STOP DONE, VERDICT_FINE},
	    {CHAT, DATA("5") MORE STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, DATA("[]") MORE STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, DATA("{\"a\":1}") MORE STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, DATA("{\"choices\":") MORE STOP DONE, VERDICT_INVALID_ANSWER},
	    {CHAT, "data:\n\n" MORE STOP DONE, VERDICT_INVALID_ANSWER},
	    {CHAT, MORE DATA("{\"error\":{\"message\":\"m\"}}") DONE, VERDICT_ERROR_INSIDE},
	    {CHAT, MORE "event: error\n" STOP DONE, VERDICT_ERROR_INSIDE},
	    {CHAT, MORE STOP "id: 1\n\n" DONE, VERDICT_FINE},
	    /* [DONE] in the content is no end, in data of several lines neither. */
	    {CHAT, CHUNK("{\"index\":0,\"delta\":{\"content\":\"data: [DONE]\\n\\n\"}}") STOP,
	     VERDICT_NO_TERMINAL_EVENT},
	    {CHAT, MORE STOP "data: [DONE]\ndata:\n\n", VERDICT_INVALID_ANSWER},
	    {CHAT, MORE STOP DATA("\"[DONE]\""), VERDICT_UNEXPECTED_SHAPE},
	    /* Several choices, interleaved. */
	    {CHAT, MORE CHUNK(DELTA("1", "null")) STOP USAGE CHUNK(DELTA("1", "\"stop\"")) DONE,
	     VERDICT_FINE},
	    {CHAT, CHUNK(DELTA("0", "\"stop\"") "," DELTA("1", "\"stop\"")) DONE, VERDICT_FINE},
	    {CHAT, MORE CHUNK(DELTA("1", "null")) STOP DONE, VERDICT_FINISH_REASON},
	    {CHAT, CHUNK(DELTA("1", "\"stop\"")) DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK(DELTA("-1", "\"stop\"")) STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK(DELTA("0.5", "\"stop\"")) STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK(DELTA("4096", "\"stop\"")) STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK(DELTA("1e300", "\"stop\"")) STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK("{\"delta\":{}}") STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK("{\"index\":0,\"text\":\"\"}") STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {CHAT, CHUNK("{\"index\":0,\"delta\":{},\"error\":{}}") DONE, VERDICT_ERROR_INSIDE},
	    /* vLLM's finish chunk has the last content and a stop_reason; OpenAI's usage is null.
	     */
	    {CHAT,
	     CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
		   "\"logprobs\":null,\"finish_reason\":null}")
		 CHUNK("{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":null,"
		       "\"finish_reason\":\"stop\",\"stop_reason\":2,\"token_ids\":null}")
		     DATA("{\"choices\":[],\"usage\":null}") USAGE DONE,
	     VERDICT_FINE},

	    {COMPLETIONS, TEXT("null") TEXT("\"stop\"") DONE, VERDICT_FINE},
	    {COMPLETIONS, DATA("null") TEXT("null") TEXT("\"stop\"") DONE, VERDICT_FINE},
	    {COMPLETIONS, TEXT("null") TEXT("\"stop\""), VERDICT_NO_TERMINAL_EVENT},
	    {COMPLETIONS, MORE STOP DONE, VERDICT_UNEXPECTED_SHAPE},
	    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "eos"), VERDICT_FINE},
	    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "eos") DONE, VERDICT_FINE},
	    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "limit"), VERDICT_LENGTH_NOT_LIMITED},
	    {NATIVE, NATIVE_MORE, VERDICT_NO_TERMINAL_EVENT},
	    {NATIVE, NATIVE_MORE DONE, VERDICT_NO_CHOICES},
	    {NATIVE, NATIVE_STOP("0", "eos") NATIVE_MORE, VERDICT_UNEXPECTED_SHAPE},
	    {NATIVE, NATIVE_MORE NATIVE_STOP("1", "eos"), VERDICT_UNEXPECTED_SHAPE},
	    {NATIVE, TEXT("null") NATIVE_STOP("0", "eos"), VERDICT_UNEXPECTED_SHAPE},

	    {RESPONSES, EVENT("response.created", "") COMPLETED("\"status\":\"completed\""),
	     VERDICT_FINE},
	    {RESPONSES, EVENT("keepalive", "") COMPLETED("\"status\":\"completed\"") DONE,
	     VERDICT_FINE},
	    {RESPONSES, EVENT("response.created", ""), VERDICT_NO_TERMINAL_EVENT},
	    {RESPONSES, EVENT("response.created", "") DONE, VERDICT_NO_TERMINAL_EVENT},
	    {RESPONSES, COMPLETED("\"status\":\"completed\"") EVENT("response.created", ""),
	     VERDICT_UNEXPECTED_SHAPE},
	    {RESPONSES, COMPLETED("\"status\":\"incomplete\""), VERDICT_FINISH_REASON},
	    {RESPONSES, EVENT("response.completed", ""), VERDICT_UNEXPECTED_SHAPE},
	    {RESPONSES,
	     EVENT("response.incomplete",
		   ",\"response\":" RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{"
					     "\"reason\":\"max_output_tokens\"}")),
	     VERDICT_LENGTH_NOT_LIMITED},
	    {RESPONSES, EVENT("response.failed", ""), VERDICT_ERROR_INSIDE},
	    {RESPONSES, EVENT("error", ",\"message\":\"m\""), VERDICT_ERROR_INSIDE},
	    {RESPONSES, DATA("{\"type\":\"error\"}"), VERDICT_ERROR_INSIDE},
	    {RESPONSES, DATA("{\"error\":{}}"), VERDICT_ERROR_INSIDE},
	    {RESPONSES, EVENT("other", ""), VERDICT_UNEXPECTED_SHAPE},
	    {RESPONSES, MORE STOP DONE, VERDICT_UNEXPECTED_SHAPE},

	    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_FINE},
	    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"tool_use\"") MESSAGE_END, VERDICT_FINE},
	    {MESSAGES,
	     START EVENT("ping", "") STOPPED("\"end_turn\"") MESSAGE_END EVENT("ping", ""),
	     VERDICT_FINE},
	    {MESSAGES, START STOPPED("\"max_tokens\"") MESSAGE_END, VERDICT_LENGTH_NOT_LIMITED},
	    {MESSAGES, START STOPPED("\"refusal\"") MESSAGE_END, VERDICT_FINISH_REASON},
	    {MESSAGES, START STOPPED("null") MESSAGE_END, VERDICT_FINISH_REASON},
	    {MESSAGES, START STOPPED("\"end_turn\""), VERDICT_NO_TERMINAL_EVENT},
	    {MESSAGES, START BLOCK STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
	    {MESSAGES, START BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END,
	     VERDICT_UNEXPECTED_SHAPE},
	    {MESSAGES, START EVENT("error", ",\"error\":{}"), VERDICT_ERROR_INSIDE},
	    {MESSAGES, START DATA("{\"type\":\"error\"}"), VERDICT_ERROR_INSIDE},
	    {MESSAGES, START DATA("{\"a\":1}"), VERDICT_UNEXPECTED_SHAPE},
	    {MESSAGES, START STOPPED("\"end_turn\"") MESSAGE_END START, VERDICT_UNEXPECTED_SHAPE},
	};
	check_documents(cases, sizeof(cases) / sizeof(cases[0]), WIRE_STREAM);
}
END_TEST

START_TEST(length_is_stored_by_the_rule)
{
	static const struct {
		enum store_length rule;
		bool limited;
		enum verdict verdict;
	} cases[] = {
	    {STORE_LENGTH_LIMITED, false, VERDICT_LENGTH_NOT_LIMITED},
	    {STORE_LENGTH_LIMITED, true, VERDICT_FINE},
	    {STORE_LENGTH_ALWAYS, false, VERDICT_FINE},
	    {STORE_LENGTH_ALWAYS, true, VERDICT_FINE},
	    {STORE_LENGTH_NEVER, false, VERDICT_LENGTH_NEVER},
	    {STORE_LENGTH_NEVER, true, VERDICT_LENGTH_NEVER},
	};
	static const struct document documents[] = {
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"length\"")), 0},
	    {NATIVE, NATIVE_BODY("\"stop_type\":\"limit\""), 0},
	    {RESPONSES,
	     RESPONSE("\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":"
		      "\"max_output_tokens\"}"),
	     0},
	    {MESSAGES, MESSAGE("\"max_tokens\""), 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t d = 0; d < sizeof(documents) / sizeof(documents[0]); d++) {
			struct buf kept = buf_make(LIMIT);
			struct judge_options options = {
			    .endpoint = at(documents[d].path),
			    .length_limited = cases[i].limited,
			    .store_length = cases[i].rule,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			ck_assert(judge(&options, slice_of(documents[d].body), 9) ==
				  cases[i].verdict);
			buf_finish(&kept);
		}
}
END_TEST

START_TEST(heads)
{
	static const struct {
		enum wire_form form;
		unsigned status;
		const char *type;
		const char *encoding;
		enum verdict verdict;
	} cases[] = {
	    {WIRE_PLAIN, 200, "application/json", "", VERDICT_FINE},
	    {WIRE_PLAIN, 200, "Application/JSON ; charset=utf-8", "identity", VERDICT_FINE},
	    {WIRE_STREAM, 200, "text/event-stream;charset=utf-8", "", VERDICT_FINE},
	    {WIRE_PLAIN, 201, "application/json", "", VERDICT_STATUS},
	    {WIRE_PLAIN, 400, "application/json", "", VERDICT_STATUS},
	    {WIRE_STREAM, 500, "application/json", "", VERDICT_STATUS},
	    {WIRE_PLAIN, 200, "", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "text/event-stream", "", VERDICT_CONTENT_TYPE},
	    {WIRE_STREAM, 200, "application/json", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/json+x", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/octet-stream", "", VERDICT_CONTENT_TYPE},
	    {WIRE_PLAIN, 200, "application/json", "gzip", VERDICT_CONTENT_ENCODING},
	    {WIRE_PLAIN, 200, "application/json", "identity, br", VERDICT_CONTENT_ENCODING},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct judge_options options = {
		    .endpoint = at(CHAT), .form = cases[i].form, .limit_bytes = LIMIT};
		struct judge *j = judge_create(&options);
		judge_head(j, cases[i].status, slice_of(cases[i].type),
			   slice_of(cases[i].encoding));
		ck_assert_msg(judge_so_far(j) == cases[i].verdict, "%zu", i);
		judge_feed(j, slice_of("more"));
		judge_destroy(&j);
		ck_assert_ptr_null(j);
	}
}
END_TEST

START_TEST(no_head_is_incomplete)
{
	struct judge_options options = {.endpoint = at(CHAT), .limit_bytes = LIMIT};
	struct judge *j = judge_create(&options);
	ck_assert(judge_finish(j) == VERDICT_INCOMPLETE);
	judge_destroy(&j);
}
END_TEST

static bool refuse_all(void *context, struct slice event)
{
	return false;
}

START_TEST(size_has_a_bound)
{
	static const char plain[] = CHAT_BODY(CHAT_CHOICE("\"stop\""));
	static const char stream[] = MORE STOP DONE;
	static const char pinged[] = ":\n\n:\n\n:\n\n" MORE ":\n\n" STOP DONE;
	static const struct {
		enum wire_form form;
		const char *body;
		size_t limit;
		enum verdict verdict;
	} cases[] = {
	    {WIRE_PLAIN, plain, sizeof(plain) - 1, VERDICT_FINE},
	    {WIRE_PLAIN, plain, sizeof(plain) - 2, VERDICT_TOO_LARGE},
	    {WIRE_STREAM, stream, sizeof(stream) - 1, VERDICT_FINE},
	    {WIRE_STREAM, stream, sizeof(stream) - 2, VERDICT_TOO_LARGE},
	    {WIRE_STREAM, pinged, sizeof(stream) - 1, VERDICT_FINE}, /* only what is kept counts */
	    {WIRE_STREAM, stream, 5, VERDICT_TOO_LARGE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf kept = buf_make(LIMIT);
		struct judge_options options = {
		    .endpoint = at(CHAT),
		    .form = cases[i].form,
		    .limit_bytes = cases[i].limit,
		    .on_event = keep,
		    .context = &kept,
		};
		ck_assert_msg(judge(&options, slice_of(cases[i].body), 8) == cases[i].verdict,
			      "%zu", i);
		options.on_event = refuse_all;
		ck_assert(judge(&options, slice_of(cases[i].body), 8) == VERDICT_TOO_LARGE);
		buf_finish(&kept);
	}
}
END_TEST

START_TEST(refusals_are_told_early)
{
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = at(CHAT),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	struct judge *j = judge_create(&options);
	judge_head(j, 200, slice_of("text/event-stream"), slice_make(NULL, 0));
	judge_feed(j, slice_of(MORE));
	ck_assert(judge_so_far(j) == VERDICT_FINE);
	ck_assert(slice_is(buf_slice(&kept), MORE));
	judge_feed(j, slice_of(DATA("{\"error\":{}}") STOP));
	ck_assert(judge_so_far(j) == VERDICT_ERROR_INSIDE);
	judge_feed(j, slice_of(DONE));
	ck_assert(judge_finish(j) == VERDICT_ERROR_INSIDE);
	ck_assert(slice_is(buf_slice(&kept), MORE));
	judge_destroy(&j);
	buf_finish(&kept);
}
END_TEST

START_TEST(pings_are_not_handed_out)
{
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = at(MESSAGES),
	    .form = WIRE_STREAM,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	ck_assert(judge(&options,
			slice_of(":\n\n" START EVENT("ping", "") "\n" STOPPED("\"end_turn\"")
				     MESSAGE_END EVENT("ping", "")),
			3) == VERDICT_FINE);
	ck_assert(slice_is(buf_slice(&kept), START STOPPED("\"end_turn\"") MESSAGE_END));
	buf_finish(&kept);
}
END_TEST

/* ## Traces */

/* Recorded answers with 200 that are not to be stored, and why. */
static enum verdict expected(const char *name)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} refused[] = {
	    {"abort-stream", VERDICT_NO_TERMINAL_EVENT},
	    {"killed-midstream", VERDICT_NO_TERMINAL_EVENT},
	    {"sigterm-midstream", VERDICT_NO_TERMINAL_EVENT},
	    {"ctx-full", VERDICT_LENGTH_NOT_LIMITED},
	    {"ctx-full-stream", VERDICT_LENGTH_NOT_LIMITED},
	    {"http-half-close", VERDICT_NO_TERMINAL_EVENT},
	};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].name, name) == 0)
			return refused[i].verdict;
	return VERDICT_FINE;
}

static unsigned judged;
static unsigned families[FAMILY_TOKENS + 1];

static struct ask ask(const struct endpoint *endpoint, const struct trace *t)
{
	struct canonical *canonical = canonical_create();
	struct buf form = buf_make(1 << 20);
	struct ask_options options = {0};
	struct ask ask;
	ask_read(endpoint, canonical, buf_slice(&t->request_body), &options, &form, &ask);
	buf_finish(&form);
	canonical_destroy(&canonical);
	return ask;
}

static void judge_trace(const struct trace *t)
{
	const struct endpoint *endpoint = endpoint_find(t->method, t->path);
	if (!endpoint || t->status != 200)
		return;
	struct ask a = ask(endpoint, t);
	struct buf kept = buf_make(LIMIT);
	struct judge_options options = {
	    .endpoint = endpoint,
	    .form = a.form,
	    .length_limited = a.length_limited,
	    .limit_bytes = LIMIT,
	    .on_event = keep,
	    .context = &kept,
	};
	enum verdict got = judge(&options, buf_slice(&t->body), 700);
	ck_assert_msg(got == expected(t->name), "%s: %s", t->name, verdict_text(got));
	ck_assert_msg(t->whole || got != VERDICT_FINE, "%s", t->name);
	if (got == VERDICT_FINE && strcmp(t->name, "slow-ping") == 0)
		ck_assert_uint_lt(kept.len, t->body.len);
	else if (got == VERDICT_FINE)
		ck_assert_msg(slice_equal(buf_slice(&kept), buf_slice(&t->body)), "%s", t->name);
	buf_finish(&kept);
	judged++;
	families[endpoint->family]++;
}

START_TEST(every_recorded_answer)
{
	trace_each(judge_trace);
	ck_assert_uint_ge(judged, 120);
	for (size_t i = 0; i <= FAMILY_TOKENS; i++)
		ck_assert_uint_ge(families[i], 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *all = tcase_create("judge");
	tcase_set_timeout(all, 60);
	tcase_add_test(all, plain_documents);
	tcase_add_test(all, streamed_documents);
	tcase_add_test(all, length_is_stored_by_the_rule);
	tcase_add_test(all, heads);
	tcase_add_test(all, no_head_is_incomplete);
	tcase_add_test(all, size_has_a_bound);
	tcase_add_test(all, refusals_are_told_early);
	tcase_add_test(all, pings_are_not_handed_out);
	tcase_add_test(all, every_recorded_answer);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
