/* Events and objects of messages (Anthropic) to build documents from. */
#pragma once

#define EVENT(type, members) "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define START_OF(message) EVENT("message_start", ",\"message\":{" message "}")
#define MESSAGE "\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","
#define USAGE(output) "\"usage\":{\"input_tokens\":3,\"output_tokens\":" output "}"
#define START                                                                                      \
	START_OF(MESSAGE "\"content\":[],\"stop_reason\":null,\"stop_sequence\":null," USAGE("1"))
#define BEGIN(index, block)                                                                        \
	EVENT("content_block_start", ",\"index\":" index ",\"content_block\":{" block "}")
#define DELTA(index, delta)                                                                        \
	EVENT("content_block_delta", ",\"index\":" index ",\"delta\":{" delta "}")
#define TEXT(text) "\"type\":\"text_delta\",\"text\":\"" text "\""
#define JSON(text) "\"type\":\"input_json_delta\",\"partial_json\":\"" text "\""
#define STOP(index) EVENT("content_block_stop", ",\"index\":" index)
#define PING EVENT("ping", "")
#define LATE                                                                                       \
	EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null}," \
			       "\"usage\":{\"output_tokens\":15}")
#define END EVENT("message_stop", "")
#define HELLO BEGIN("0", "\"type\":\"text\",\"text\":\"\"") DELTA("0", TEXT("Hello")) STOP("0")

#define PLAIN(content)                                                                             \
	"{" MESSAGE "\"content\":[" content "],\"stop_reason\":\"end_turn\","                      \
	"\"stop_sequence\":null," USAGE("15") "}"
#define TOOL "\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\""
