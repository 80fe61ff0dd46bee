/* A verdict: whether a request may be answered from the cache and an answer be stored, and why
 * not. One list (verdict.def) makes the enum, the texts and the counters. Any thread. */
#pragma once

enum verdict {
#define VERDICT(name, text, counter) VERDICT_##name,
#include "proxy/openai/verdict.def"
#undef VERDICT
	VERDICTS
};

/* What counts it. */
enum verdict_counter {
	COUNTS_NOTHING,
	COUNTS_BYPASSES,
	COUNTS_UNSTORED,
};
enum verdict_counter verdict_counter(enum verdict v);

/* The text of a verdict, a token of RFC 9110 (letters, digits, hyphens). */
const char *verdict_text(enum verdict v);
