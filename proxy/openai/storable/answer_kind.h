/* Content of a plain response. Most are JSON, which shows by itself whether it is complete. Text,
 * subtitles and audio do not, so only their framing can tell. Any thread. */
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

/* Whether a response with this Content-Type is of the requested kind. vLLM answers requests for
 * text with JSON; *kind is changed to ANSWER_JSON then. */
bool answer_kind_matches(enum answer_kind *kind, struct slice content_type);

/* Returns the verdict on a complete body of text or audio, not of JSON. EMPTY_ANSWER: the text is
 * complete but says nothing. Audio without any bytes is not complete. */
enum verdict answer_kind_verdict(enum answer_kind kind, struct slice body);
