/* Which plain answers each family accepts as complete and good. */
#include "proxy/openai/family/family.h"

#include "tests/unit/answers.h"

#define VECTOR(value) "{\"object\":\"list\",\"data\":[{\"embedding\":" value "}]}"

#define TWO_VECTORS "{\"object\":\"list\",\"data\":[{\"embedding\":[1]},{\"embedding\":[2]}]}"
#define CLASS "{\"index\":0,\"label\":\"a\",\"probs\":[1]}"

static const struct document plain[] = {
    /* There must be as many vectors, classes and so on as inputs. */
    {"/embeddings", TWO_VECTORS, VERDICT_FINE, 2},
    {"/embeddings", TWO_VECTORS, VERDICT_FINE},
    {"/embeddings", TWO_VECTORS, VERDICT_WRONG_CHOICES, 1},
    {"/embedding", "[{\"embedding\":[1]}]", VERDICT_FINE, 1},
    {"/embedding", "[{\"embedding\":[1]}]", VERDICT_WRONG_CHOICES, 2},
    {"/classify", "{\"object\":\"list\",\"data\":[" CLASS "]}", VERDICT_FINE, 1},
    {"/classify", "{\"object\":\"list\",\"data\":[" CLASS "]}", VERDICT_WRONG_CHOICES, 2},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_FINE},
    {CHAT, " " CHAT_BODY(CHAT_CHOICE("\"stop\"")) "\n", VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"tool_calls\"", CALLING)), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", CALLING)), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"function_call\"", "{\"function_call\":{\"name\":\"f\"}}")),
     VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_CHOICE("\"stop\"")), VERDICT_WRONG_CHOICES},
    {CHAT, CHAT_BODY(TWO), VERDICT_FINE},
    {CHAT, CHAT_BODY(TWO), VERDICT_FINE, 2},
    {CHAT, CHAT_BODY(TWO), VERDICT_WRONG_CHOICES, 1},
    {CHAT, CHAT_BODY(TWO), VERDICT_WRONG_CHOICES, 3},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_FINE, 1},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_WRONG_CHOICES, 2},
    {CHAT, CHAT_BODY(CHAT_SAYING("1", "\"stop\"", SAYS)), VERDICT_UNEXPECTED_SHAPE},
    {CHAT,
     CHAT_BODY("{\"message\":" SAYS ",\"finish_reason\":\"stop\"},"
	       "{\"message\":" SAYS ",\"finish_reason\":\"stop\"}"),
     VERDICT_FINE, 2},
    {CHAT, CHAT_BODY(CHAT_SAYING("\"0\"", "\"stop\"", SAYS)), VERDICT_UNEXPECTED_SHAPE},
    {CHAT, CHAT_BODY(CHAT_SAYING("1", "\"stop\"", SAYS) "," CHAT_SAYING("0", "\"error\"", SAYS)),
     VERDICT_FINISH_REASON},
    /* Empty answers. */
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"content\":\"\"}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"content\":null}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"content\":\" \\n\\t\"}")),
     VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"content\":\"\\u200b\\u3000\"}")),
     VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", PARTS("\"\\ufeff\""))), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"content\":[]}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", PARTS("\"\""))), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", PARTS("\"a\""))), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"refusal\":\"no\"}")), VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"refusal\":\"\"}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"audio\":{\"id\":\"i\",\"data\":\"AA\"}}")),
     VERDICT_FINE},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"audio\":{\"id\":\"i\"}}")),
     VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"reasoning\":\"hm\",\"content\":\"\"}")),
     VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"length\"", "{\"content\":\"\"}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"length\"", "{\"reasoning\":\"hm\",\"content\":\"\"}")),
     VERDICT_LENGTH_NOT_LIMITED},
    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{\"tool_calls\":[]}")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"tool_calls\"")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"function_call\"")), VERDICT_EMPTY_ANSWER},
    {CHAT, CHAT_BODY(CHAT_CHOICE("\"stop\"") "," CHAT_SAYING("1", "\"stop\"", "{}")),
     VERDICT_EMPTY_ANSWER},
    /* Stored by the upstream. */
    {CHAT, "{\"store\":true,\"object\":\"chat.completion\",\"choices\":[" TWO "]}",
     VERDICT_STORED_UPSTREAM},
    {CHAT, "{\"store\":false,\"object\":\"chat.completion\",\"choices\":[" TWO "]}", VERDICT_FINE},
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
    /* vLLM sends null members. */
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

    {COMPLETIONS, TEXT_BODY("{\"text\":\"a\",\"finish_reason\":\"stop\"}"), VERDICT_FINE, 1},
    {COMPLETIONS, TEXT_BODY("{\"text\":\"a\",\"finish_reason\":\"stop\"}"), VERDICT_WRONG_CHOICES,
     2},
    {COMPLETIONS, TEXT_BODY("{\"text\":\"\",\"finish_reason\":\"stop\"}"), VERDICT_EMPTY_ANSWER},
    {COMPLETIONS, TEXT_BODY("{\"text\":\"a\",\"finish_reason\":\"length\"}"),
     VERDICT_LENGTH_NOT_LIMITED},
    {COMPLETIONS, TEXT_BODY("{\"finish_reason\":\"stop\"}"), VERDICT_UNEXPECTED_SHAPE},
    {COMPLETIONS, TEXT_BODY(""), VERDICT_NO_CHOICES},
    {COMPLETIONS, CHAT_BODY(CHAT_CHOICE("\"stop\"")), VERDICT_UNEXPECTED_SHAPE},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\""), VERDICT_FINE},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"word\""), VERDICT_FINE, 1},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"word\""), VERDICT_WRONG_CHOICES, 2},
    {NATIVE, "{\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\"}", VERDICT_EMPTY_ANSWER},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"limit\""), VERDICT_LENGTH_NOT_LIMITED},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"none\""), VERDICT_FINISH_REASON},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":true"), VERDICT_FINISH_REASON},
    {NATIVE, NATIVE_BODY("\"stop_type\":\"eos\",\"truncated\":false"), VERDICT_FINE},
    {NATIVE, "{\"content\":\"a\",\"stop\":false}", VERDICT_FINISH_REASON},
    {NATIVE, "{\"stop\":true,\"stop_type\":\"eos\"}", VERDICT_UNEXPECTED_SHAPE},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "]", VERDICT_FINE},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "," NATIVE_BODY("\"stop_type\":\"none\"") "]",
     VERDICT_FINISH_REASON},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "]", VERDICT_WRONG_CHOICES, 2},
    {NATIVE, "[" NATIVE_BODY("\"stop_type\":\"eos\"") "," NATIVE_BODY("\"stop_type\":\"eos\"") "]",
     VERDICT_FINE, 2},
    {NATIVE,
     "[" NATIVE_BODY("\"stop_type\":\"eos\"") ",{\"content\":\"\",\"stop\":true,"
					      "\"stop_type\":\"eos\"}]",
     VERDICT_EMPTY_ANSWER},
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
    {RESPONSES, RESPONSE("\"status\":\"completed\",\"store\":true"), VERDICT_STORED_UPSTREAM},
    {RESPONSES, RESPONSE("\"status\":\"completed\",\"store\":false"), VERDICT_FINE},
    {RESPONSES, RESPONSE_OF("", COMPLETE), VERDICT_EMPTY_ANSWER},
    {RESPONSES, RESPONSE_OF("{\"type\":\"reasoning\",\"summary\":[]}", COMPLETE),
     VERDICT_EMPTY_ANSWER},
    {RESPONSES, RESPONSE_OF(OUTPUT("\"\"", "\"completed\""), COMPLETE), VERDICT_EMPTY_ANSWER},
    {RESPONSES, RESPONSE_OF(OUTPUT("\"a\"", "\"completed\""), COMPLETE), VERDICT_FINE},
    {RESPONSES, RESPONSE_OF(OUTPUT("\"a\"", "\"incomplete\""), COMPLETE), VERDICT_FINISH_REASON},
    {RESPONSES, RESPONSE_OF(OUTPUT("\"a\"", "\"in_progress\""), COMPLETE), VERDICT_FINISH_REASON},
    {RESPONSES,
     RESPONSE_OF("{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"{}\"}", COMPLETE),
     VERDICT_FINE},
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
    {MESSAGES, MESSAGE_WITH("{\"type\":\"thinking\",\"thinking\":\"a\"}", "\"max_tokens\""),
     VERDICT_LENGTH_NOT_LIMITED},
    {MESSAGES, MESSAGE("\"tool_use\""), VERDICT_EMPTY_ANSWER},
    {MESSAGES, MESSAGE_WITH(TOOL_BLOCK, "\"tool_use\""), VERDICT_FINE},
    {MESSAGES, MESSAGE_WITH(TOOL_BLOCK, "\"end_turn\""), VERDICT_FINE},
    {MESSAGES, MESSAGE_WITH("", "\"end_turn\""), VERDICT_EMPTY_ANSWER},
    {MESSAGES, MESSAGE_WITH("{\"type\":\"text\",\"text\":\"\"}", "\"end_turn\""),
     VERDICT_EMPTY_ANSWER},
    {MESSAGES, MESSAGE_WITH("{\"type\":\"thinking\",\"thinking\":\"a\"}", "\"end_turn\""),
     VERDICT_EMPTY_ANSWER},
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

/* cache.store_empty */
START_TEST(empty_ones_are_stored_where_that_is_wanted)
{
	static const struct {
		const char *path;
		const char *body;
		enum wire_form form;
	} empty[] = {
	    {CHAT, CHAT_BODY(CHAT_SAYING("0", "\"stop\"", "{}")), WIRE_PLAIN},
	    {CHAT, CHAT_BODY(CHAT_CHOICE("\"tool_calls\"")), WIRE_PLAIN},
	    {CHAT, ENDING("\"stop\"") DONE, WIRE_STREAM},
	    {COMPLETIONS, TEXT_BODY("{\"text\":\"\",\"finish_reason\":\"stop\"}"), WIRE_PLAIN},
	    {NATIVE, "{\"content\":\"\",\"stop\":true,\"stop_type\":\"eos\"}", WIRE_PLAIN},
	    {RESPONSES, RESPONSE_OF("", COMPLETE), WIRE_PLAIN},
	    {MESSAGES, MESSAGE_WITH("", "\"end_turn\""), WIRE_PLAIN},
	    {MESSAGES, START STOPPED("\"end_turn\"") MESSAGE_END, WIRE_STREAM},
	};
	for (int yes = 0; yes < 2; yes++) {
		struct buf kept = buf_make(LIMIT);
		struct storable_options options = {
		    .endpoint = at(empty[_i].path),
		    .form = empty[_i].form,
		    .store_empty = yes,
		    .limit_bytes = LIMIT,
		    .on_event = keep,
		    .context = &kept,
		};
		ck_assert_str_eq(verdict_text(storable(&options, slice_of(empty[_i].body), 9)),
				 yes ? "fine" : "empty_answer");
		buf_finish(&kept);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("family");
	TCase *all = tcase_create("family");
	tcase_add_test(all, plain_documents);
	tcase_add_loop_test(all, empty_ones_are_stored_where_that_is_wanted, 0, 8);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
