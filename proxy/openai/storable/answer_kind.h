/* What a plain answer is made of. Most are JSON, which shows by itself whether it is whole; texts,
 * subtitles and audio do not, so their framing has to. Any thread. */
#pragma once

#include "base/slice.h"
#include "proxy/openai/verdict.h"

#include <stdbool.h>

enum answer_kind {
	ANSWER_JSON,
	ANSWER_TEXT,
	ANSWER_SRT,
	ANSWER_VTT,
	ANSWER_AUDIO,
};

/* Whether an answer of this Content-Type is what was asked for. vLLM answers who asked for text
 * with JSON: *kind is then that. */
bool answer_kind_came(enum answer_kind *kind, struct slice content_type);

/* The verdict on a whole body of text or audio; not of JSON. EMPTY_ANSWER: it is a whole text that
 * says nothing. Audio of no bytes is not whole. */
enum verdict answer_kind_verdict(enum answer_kind kind, struct slice body);
