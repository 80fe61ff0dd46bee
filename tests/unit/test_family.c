/* What each family takes for a whole and good answer. */
#include "proxy/openai/family.h"

#include "tests/unit/documents.h"

#define VECTOR(value) "{\"object\":\"list\",\"data\":[{\"embedding\":" value "}]}"

static const struct document plain[] = {
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_FINE},
    {CHAT, " " CHAT_BODY(CHAT_CHOICE("\"stop\"")) "\n", VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"tool_calls\"")), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"function_call\"")), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_CHOICE("\"stop\"")), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_CHOICE("\"error\"")), VERDICT_FINISH_REASON},
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
    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":true"), VERDICT_FINISH_REASON},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":false"), VERDICT_FINE},
    {NATIVE, "{\"content\":\"a\",\"stop\":false}", VERDICT_FINISH_REASON},
    {NATIVE, "{\"stop\":true,\"stop_type\":\"eos\"}", VERDICT_UNEXPECTED_SHAPE},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "]", VERDICT_FINE},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "," NATIVE_BODY("\"stop_type\":\"none\"") "]",
     VERDICT_FINISH_REASON},
    {NATIVE, "[]", VERDICT_NO_CHOICES},
    {NATIVE, "[{\"error\":{}}]", VERDICT_ERROR_INSIDE},
    {NATIVE, "{\"error\":{}}", VERDICT_ERROR_INSIDE},

    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[0.5]}]}", VERDICT_FINE},
    {EMBEDDINGS, "{\"data\":[{\"embedding\":[0.5]}],\"object\":\"list\"}", VERDICT_FINE},
    {EMBEDDINGS, VECTOR("\"AAAAAA==\""), VERDICT_FINE},
    {EMBEDDINGS, VECTOR("[-1.5e-3,0]"), VERDICT_FINE},
    {EMBEDDINGS, VECTOR("[[1,2],[3,4]]"), VERDICT_FINE},
    {EMBEDDINGS, VECTOR("[ [1] ]"), VERDICT_FINE},
    {EMBEDDINGS, VECTOR("[null,null]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[\"a\"]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1,\"2\"]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1e999]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1,-1e39]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1,true]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1,{}]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[]]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[1],[]]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[1],[1,2]]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[1],2]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[1],[null]]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[[[1]]]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[NaN]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("\"AAAA\""), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("\"AADAfw==\""), VERDICT_UNEXPECTED_SHAPE}, /* NaN */
    {EMBEDDINGS, VECTOR("\"AACA/w==\""), VERDICT_UNEXPECTED_SHAPE}, /* minus infinity */
    {EMBEDDINGS, VECTOR("\"AAAAA===\""), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("\"not base64\""), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1]},{\"embedding\":[1,2]"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, VECTOR("[1],\"index\":1"), VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "[{\"embedding\":[[null]]}]", VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "[{\"embedding\":[[1]]}] x", VERDICT_INVALID_ANSWER},
    {EMBEDDINGS, "[{\"embedding\":[[1]]}", VERDICT_INVALID_ANSWER},
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
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":null}]}", VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":\"\"}]}", VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"a\":{\"embedding\":[1]}}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},[\"x\"]]}",
     VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},[[1]]]}",
     VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[{\"embedding\":[1],\"embedding\":[1]},{\"a\":1}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":[]}", VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"other\":[{\"embedding\":[1]}]}", VERDICT_UNEXPECTED_SHAPE},
    {EMBEDDINGS, "{\"object\":\"list\",\"data\":{\"embedding\":[1]}}", VERDICT_UNEXPECTED_SHAPE},
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
    {RESPONSES, RESPONSE("\"status\":\"completed\",\"error\":null,\"incomplete_details\":null"),
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
    {RESPONSES, "{\"object\":\"response\",\"status\":\"completed\"}", VERDICT_UNEXPECTED_SHAPE},
    {RESPONSES, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_UNEXPECTED_SHAPE},

    {MESSAGES, MESSAGE("\"end_turn\""), VERDICT_FINE},
    {MESSAGES, MESSAGE("\"stop_sequence\""), VERDICT_FINE},
    {MESSAGES, MESSAGE("\"tool_use\""), VERDICT_FINE},
    {MESSAGES, MESSAGE("\"max_tokens\""), VERDICT_LENGTH_NOT_LIMITED},
    {MESSAGES, MESSAGE("\"pause_turn\""), VERDICT_FINISH_REASON},
    {MESSAGES, MESSAGE("\"refusal\""), VERDICT_FINISH_REASON},
    {MESSAGES, MESSAGE("null"), VERDICT_FINISH_REASON},
    {MESSAGES, "{\"type\":\"message\",\"stop_reason\":\"end_turn\"}", VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, "{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}", VERDICT_ERROR_INSIDE},

    {RERANK, "{\"results\":[{\"index\":0,\"relevance_score\":0.5}]}", VERDICT_FINE},
    {RERANK, "{\"results\":[{\"index\":0}]}", VERDICT_UNEXPECTED_SHAPE},
    {RERANK, "{\"results\":[{\"index\":0,\"relevance_score\":1e999}]}", VERDICT_UNEXPECTED_SHAPE},

    {"/v1/score", "{\"object\":\"list\",\"data\":[{\"index\":0,\"score\":0.5}]}", VERDICT_FINE},
    {"/score", "{\"object\":\"list\",\"data\":[{\"index\":0,\"score\":null}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {"/score", "{\"object\":\"list\",\"data\":[{\"score\":1e999}]}", VERDICT_UNEXPECTED_SHAPE},
    {"/score", "{\"object\":\"list\",\"data\":[]}", VERDICT_UNEXPECTED_SHAPE},
    {"/score", "{\"data\":[{\"score\":1}]}", VERDICT_UNEXPECTED_SHAPE},
    {"/score", "{\"error\":\"no\"}", VERDICT_ERROR_INSIDE},

    {"/classify", "{\"object\":\"list\",\"data\":[{\"label\":null,\"probs\":[0.5,0.5]}]}",
     VERDICT_FINE},
    {"/classify", "{\"object\":\"list\",\"data\":[{\"label\":\"a\",\"probs\":[]}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {"/classify", "{\"object\":\"list\",\"data\":[{\"probs\":[1]},{\"probs\":[null]}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {"/classify", "{\"object\":\"list\",\"data\":[]}", VERDICT_UNEXPECTED_SHAPE},

    {"/pooling", "{\"object\":\"list\",\"data\":[{\"index\":0,\"data\":[0.5,1]}]}", VERDICT_FINE},
    {"/pooling", "{\"object\":\"list\",\"data\":[{\"data\":[[0.5],[1]]}]}", VERDICT_FINE},
    {"/pooling", "{\"object\":\"list\",\"data\":[{\"data\":\"AAAAAA==\"}]}", VERDICT_FINE},
    {"/pooling", "{\"object\":\"list\",\"data\":[{\"data\":[null]}]}", VERDICT_UNEXPECTED_SHAPE},
    {"/pooling", "{\"object\":\"list\",\"data\":[{\"embedding\":[1]}]}", VERDICT_UNEXPECTED_SHAPE},

    {"/v1/moderations", "{\"results\":[{\"flagged\":false,\"categories\":{}}]}", VERDICT_FINE},
    {"/v1/moderations", "{\"results\":[{\"flagged\":\"no\",\"categories\":{}}]}",
     VERDICT_UNEXPECTED_SHAPE},
    {"/v1/moderations", "{\"results\":[{\"flagged\":true}]}", VERDICT_UNEXPECTED_SHAPE},
    {"/v1/moderations", "{\"results\":[]}", VERDICT_UNEXPECTED_SHAPE},

    {"/infill", NATIVE_BODY("\"stop_type\":\"eos\""), VERDICT_FINE},
    {RERANK, "{\"results\":[]}", VERDICT_UNEXPECTED_SHAPE},
    {RERANK, "[{\"index\":0,\"score\":0.5}]", VERDICT_FINE},
    {RERANK, "[{\"score\":0.5}]", VERDICT_UNEXPECTED_SHAPE},
    {RERANK, "[]", VERDICT_UNEXPECTED_SHAPE},
    {RERANK, "{\"error\":{}}", VERDICT_ERROR_INSIDE},

    {TOKENS, "{\"tokens\":[]}", VERDICT_FINE},
    {TOKENS, "{\"count\":1,\"max_model_len\":5,\"tokens\":[1],\"token_strs\":null}", VERDICT_FINE},
    {"/detokenize", "{\"content\":\"\"}", VERDICT_FINE},
    {"/detokenize", "{\"prompt\":\"\"}", VERDICT_FINE},
    {"/v1/messages/count_tokens", "{\"input_tokens\":1}", VERDICT_FINE},
    {TOKENS, "{\"tokens\":5}", VERDICT_UNEXPECTED_SHAPE},
    {TOKENS, "{}", VERDICT_UNEXPECTED_SHAPE},
    {TOKENS, "[]", VERDICT_UNEXPECTED_SHAPE},
    {TOKENS, "{\"tokens\":[],\"error\":\"e\"}", VERDICT_ERROR_INSIDE},

    {MODELS, "{\"object\":\"list\",\"data\":[{\"id\":\"m\",\"created\":1}]}", VERDICT_FINE},
    {MODELS, "{\"data\":[]}", VERDICT_FINE},
    {MODELS, "{\"data\":[{}]}", VERDICT_UNEXPECTED_SHAPE},
    {MODELS, "{\"data\":{}}", VERDICT_UNEXPECTED_SHAPE},
    {MODELS, "[]", VERDICT_UNEXPECTED_SHAPE},
    {MODELS, "{\"error\":{},\"data\":[]}", VERDICT_ERROR_INSIDE},
};

START_TEST(plain_documents)
{
	check_documents(plain, sizeof(plain) / sizeof(plain[0]), WIRE_PLAIN);
}
END_TEST

static const struct document streamed[] = {
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

    {RESPONSES, EVENT("response.created", "") COMPLETED("\"status\":\"completed\""), VERDICT_FINE},
    {RESPONSES, EVENT("keepalive", "") COMPLETED("\"status\":\"completed\"") DONE, VERDICT_FINE},
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
    {MESSAGES, START EVENT("ping", "") STOPPED("\"end_turn\"") MESSAGE_END EVENT("ping", ""),
     VERDICT_FINE},
    {MESSAGES, START STOPPED("\"max_tokens\"") MESSAGE_END, VERDICT_LENGTH_NOT_LIMITED},
    {MESSAGES, START STOPPED("\"refusal\"") MESSAGE_END, VERDICT_FINISH_REASON},
    {MESSAGES, START STOPPED("null") MESSAGE_END, VERDICT_FINISH_REASON},
    {MESSAGES, START STOPPED("\"end_turn\""), VERDICT_NO_TERMINAL_EVENT},
    {MESSAGES, STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START BLOCK STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START EVENT("error", ",\"error\":{}"), VERDICT_ERROR_INSIDE},
    {MESSAGES, START DATA("{\"type\":\"error\"}"), VERDICT_ERROR_INSIDE},
    {MESSAGES, START DATA("{\"a\":1}"), VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START STOPPED("\"end_turn\"") MESSAGE_END START, VERDICT_UNEXPECTED_SHAPE},
};

START_TEST(streamed_documents)
{
	check_documents(streamed, sizeof(streamed) / sizeof(streamed[0]), WIRE_STREAM);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("family");
	TCase *all = tcase_create("family");
	tcase_add_test(all, plain_documents);
	tcase_add_test(all, streamed_documents);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
