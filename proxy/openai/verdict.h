/* Verdict: whether a request may be answered from the cache and a response may be stored, and if
 * not, why. One list (verdict.def) generates the enum, the texts and the counters. Any thread. */
#pragma once

enum verdict {
#define VERDICT(name, text, counter) VERDICT_##name,
#include "proxy/openai/verdict.def"
#undef VERDICT
	VERDICTS
};

/* The metric that counts a verdict. */
enum verdict_counter {
	COUNTS_NOTHING,
	COUNTS_BYPASSES,
	COUNTS_UNSTORED,
};
enum verdict_counter verdict_counter(enum verdict v);

/* Returns the text of a verdict, a token as in RFC 9110 (letters, digits, hyphens). */
const char *verdict_text(enum verdict v);
