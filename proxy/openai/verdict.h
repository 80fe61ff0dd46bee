/* A verdict: whether a request may be answered from the cache and an answer be stored, and why
 * not. One list (verdict.def) makes the enum and the texts. Any thread. */
#pragma once

enum verdict {
#define VERDICT(name, text) VERDICT_##name,
#include "proxy/openai/verdict.def"
#undef VERDICT
	VERDICTS
};

/* The text of a verdict, a token of RFC 9110 (letters, digits, hyphens). */
const char *verdict_text(enum verdict v);
