/* Which streams each family accepts as complete and good. */
#include "proxy/openai/family/family.h"

#include "tests/unit/answers.h"

static const struct document streamed[] = {
    {CHAT, MORE STOP DONE, VERDICT_FINE},
    {CHAT, MORE STOP USAGE DONE, VERDICT_FINE},
    {CHAT, MORE STOP DONE "\n", VERDICT_FINE},
    {CHAT, MORE STOP DONE ": bye\n\n", VERDICT_FINE},
    {CHAT, ":\n\n" MORE ": x\n\n" STOP DONE, VERDICT_FINE},
    {CHAT, MORE STOP "data:[DONE]\r\n\r\n", VERDICT_FINE},
    {CHAT, MORE CHUNK(DELTA("0", "\"tool_calls\"")) DONE, VERDICT_EMPTY_ANSWER},
    {CHAT, CHUNK("{\"index\":0,\"delta\":" CALLING "}") ENDING("\"tool_calls\"") DONE,
     VERDICT_FINE},
    {CHAT, ENDING("\"stop\"") DONE, VERDICT_EMPTY_ANSWER},
    {CHAT,
     CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}") ENDING("\"stop\"")
	 DONE,
     VERDICT_EMPTY_ANSWER},
    {CHAT, CHUNK("{\"index\":0,\"delta\":{\"reasoning_content\":\"hm\"}}") ENDING("\"stop\"") DONE,
     VERDICT_EMPTY_ANSWER},
    {CHAT, MORE STOP ENDING("\"stop\"") DONE, VERDICT_FINISH_REASON},
    {CHAT, MORE STOP ENDING("\"length\"") DONE, VERDICT_FINISH_REASON},
    {CHAT, MORE STOP MORE DONE, VERDICT_FINISH_REASON},
    {CHAT, MORE STOP ENDING("null") DONE, VERDICT_FINE},
    {CHAT, MORE STOP DONE, VERDICT_FINE, 1},
    {CHAT, MORE STOP DONE, VERDICT_WRONG_CHOICES, 2},
    {CHAT, CHUNK(DELTA("0", "\"stop\"") "," DELTA("1", "\"stop\"")) DONE, VERDICT_FINE, 2},
    {CHAT, CHUNK(DELTA("0", "\"stop\"") "," DELTA("1", "\"stop\"")) DONE, VERDICT_WRONG_CHOICES, 1},
    {CHAT, DATA("{\"store\":true,\"choices\":[]}") MORE STOP DONE, VERDICT_STORED_UPSTREAM},
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
    /* [DONE] in the content, or in data of several lines, is not the end. */
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
    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "eos") DONE, VERDICT_FINE, 1},
    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "eos") DONE, VERDICT_WRONG_CHOICES, 2},
    {NATIVE, NATIVE_STOP("0", "eos") DONE, VERDICT_EMPTY_ANSWER},
    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "limit"), VERDICT_LENGTH_NOT_LIMITED},
    {NATIVE, NATIVE_MORE, VERDICT_NO_TERMINAL_EVENT},
    {NATIVE, NATIVE_MORE DONE, VERDICT_NO_CHOICES},
    {NATIVE, NATIVE_MORE NATIVE_STOP("0", "eos") NATIVE_MORE, VERDICT_UNEXPECTED_SHAPE},
    {NATIVE, NATIVE_MORE NATIVE_STOP("1", "eos"), VERDICT_UNEXPECTED_SHAPE},
    {NATIVE, TEXT("null") NATIVE_STOP("0", "eos"), VERDICT_UNEXPECTED_SHAPE},

    {RESPONSES, EVENT("response.created", "") COMPLETED("\"status\":\"completed\""), VERDICT_FINE},
    {RESPONSES, EVENT("response.completed", ",\"response\":" RESPONSE_OF("", COMPLETE)),
     VERDICT_EMPTY_ANSWER},
    {RESPONSES, EVENT("response.created", ",\"response\":{\"store\":true}") COMPLETED(COMPLETE),
     VERDICT_STORED_UPSTREAM},
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
    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"tool_use\"") MESSAGE_END, VERDICT_EMPTY_ANSWER},
    {MESSAGES, START BLOCK_OF(TOOL_BLOCK, "{}") BLOCK_END STOPPED("\"tool_use\"") MESSAGE_END,
     VERDICT_FINE},
    {MESSAGES,
     START BLOCK_OF("{\"type\":\"thinking\"}", "{\"thinking\":\"hm\"}")
	 BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END,
     VERDICT_EMPTY_ANSWER},
    {MESSAGES, START STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_EMPTY_ANSWER},
    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"end_turn\"") STOPPED("\"end_turn\"") MESSAGE_END,
     VERDICT_FINISH_REASON},
    {MESSAGES, START START BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END,
     VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES,
     START EVENT("ping", "") BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END EVENT("ping", ""),
     VERDICT_FINE},
    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"max_tokens\"") MESSAGE_END,
     VERDICT_LENGTH_NOT_LIMITED},
    {MESSAGES, START STOPPED("\"refusal\"") MESSAGE_END, VERDICT_FINISH_REASON},
    {MESSAGES, START STOPPED("null") MESSAGE_END, VERDICT_FINISH_REASON},
    {MESSAGES, START STOPPED("\"end_turn\""), VERDICT_NO_TERMINAL_EVENT},
    {MESSAGES, STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START BLOCK STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END, VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START EVENT("error", ",\"error\":{}"), VERDICT_ERROR_INSIDE},
    {MESSAGES, START DATA("{\"type\":\"error\"}"), VERDICT_ERROR_INSIDE},
    {MESSAGES, START DATA("{\"a\":1}"), VERDICT_UNEXPECTED_SHAPE},
    {MESSAGES, START BLOCK BLOCK_END STOPPED("\"end_turn\"") MESSAGE_END START,
     VERDICT_UNEXPECTED_SHAPE},
};

START_TEST(streamed_documents)
{
	check_documents(streamed, sizeof(streamed) / sizeof(streamed[0]), WIRE_STREAM);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("family_streams");
	TCase *all = tcase_create("family_streams");
	tcase_add_test(all, streamed_documents);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
