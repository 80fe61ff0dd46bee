/* Events and objects of responses to build documents from. */
#pragma once

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define RESPONSE(status, output, usage)                                                            \
	"{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"" status         \
	"\",\"error\":null,\"model\":\"m\",\"output\":[" output "],\"temperature\":1.0,"           \
	"\"usage\":" usage "}"
#define USAGE "{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}"
#define PLAIN(output) RESPONSE("completed", output, USAGE)
#define BEGUN RESPONSE("in_progress", "", "null")
#define CREATED EVENT("response.created", ",\"sequence_number\":0,\"response\":" BEGUN)
#define IN_PROGRESS EVENT("response.in_progress", ",\"sequence_number\":1,\"response\":" BEGUN)
#define COMPLETED(response) EVENT("response.completed", ",\"response\":" response)
#define TEXT(text)                                                                                 \
	"{\"type\":\"output_text\",\"text\":\"" text "\",\"annotations\":[],\"logprobs\":[]}"
#define MESSAGE(status, parts)                                                                     \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"" status "\",\"content\":[" parts     \
	"],\"role\":\"assistant\"}"
#define CALL(status, arguments)                                                                    \
	"{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"" status                         \
	"\",\"arguments\":\"" arguments "\",\"call_id\":\"call_1\",\"name\":\"f\"}"
#define CUT                                                                                        \
	"{\"object\":\"response\",\"status\":\"incomplete\",\"output\":[],\"usage\":{},"           \
	"\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"completed_at\":null,"         \
	"\"output_text\":\"a\"}"
