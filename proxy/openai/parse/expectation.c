#include "proxy/openai/parse/expectation.h"

#include "proxy/openai/storable/choices.h"

#include <limits.h>
#include <stdlib.h>

static const struct slice limit_names[] = {
    SLICE("max_tokens"),
    SLICE("max_completion_tokens"),
    SLICE("max_output_tokens"),
    SLICE("n_predict"),
};

/* llama.cpp's own completions: members with which a stream and a plain response differ in content.
 * A stream always has the tokens, a plain response only with return_tokens; a plain response has
 * one more probability; response_fields selects members of the last event. */
static const struct slice form_names[] = {
    SLICE("logprobs"),
    SLICE("n_probs"),
    SLICE("response_fields"),
    SLICE("return_tokens"),
};

/* /completion and /completions without /v1. */
static bool is_native(const struct expectation *e)
{
	return e->endpoint->family == FAMILY_COMPLETIONS && !e->endpoint->tells_usage;
}

/* Returns a whole number from 0 to 2^30; -1: the value is none. */
static int64_t read_number(const struct canonical_member *m)
{
	enum { DIGITS = 24 };
	static const double most = 1 << 30;
	char text[DIGITS + 1];
	if (m->kind != JSON_NUMBER || m->value.len > DIGITS)
		return -1;
	*(char *)mempcpy(text, m->value.at, m->value.len) = '\0';
	double number = strtod(text, NULL);
	return number >= 0 && number <= most && number == (double)(int64_t)number ? (int64_t)number
										  : -1;
}

/* llama.cpp takes -1, and other servers 0, as no limit. If there are several limits, it depends on
 * the server which one it uses; so if one of them means no limit, none is assumed. */
static void read_limit(struct expectation *e, const struct canonical_member *m)
{
	if (m->kind == JSON_NULL)
		return;
	int64_t limit = read_number(m);
	e->unlimited = e->unlimited || limit <= 0;
	if (limit > e->largest)
		e->largest = limit;
	if (slice_is(m->key, "n_predict"))
		e->n_predict = limit;
}

/* Whether the response has one result for each input: a vector, classes, a result. */
static bool is_per_input(const struct expectation *e)
{
	switch (e->endpoint->family) {
	case FAMILY_EMBEDDINGS:
	case FAMILY_POOLING:
	case FAMILY_CLASSIFY:
	case FAMILY_MODERATIONS:
		return true;
	default:
		return false;
	}
}

/* Whether the member holds one prompt or input, or a list of them. `content` is llama.cpp's other
 * name for the input of embeddings. */
static bool is_prompt(const struct expectation *e, struct slice key)
{
	if (is_per_input(e))
		return slice_is(key, "input") || slice_is(key, "content");
	return e->endpoint->family == FAMILY_COMPLETIONS && slice_is(key, "prompt");
}

/* If there are two lists of prompts, it depends on the server which one it uses. */
static void read_prompt(struct expectation *e, const struct canonical_member *m)
{
	e->uncounted = e->uncounted || e->prompts > 0;
	e->prompts++;
	e->in_prompt = m->kind == JSON_ARRAY_OPEN;
	e->texts += m->kind == JSON_STRING;
}

static void read_top(struct expectation *e, const struct canonical_member *m)
{
	e->in_prompt = false;
	if (SLICE_EQUALS_AMONG(m->key, limit_names))
		read_limit(e, m);
	/* llama.cpp's time limit may end a response with `length` at any point. */
	if (slice_is(m->key, "t_max_predict_ms") && m->kind != JSON_NULL)
		e->unlimited = true;
	if (slice_is(m->key, "n") && m->kind != JSON_NULL && !is_per_input(e)) {
		e->n = read_number(m);
		e->uncounted = e->uncounted || e->n < 1;
	}
	/* llama.cpp's other name for `n`. */
	if (slice_is(m->key, "n_cmpl") && m->kind != JSON_NULL)
		e->uncounted = true;
	if (is_native(e) && SLICE_EQUALS_AMONG(m->key, form_names))
		e->one_form = e->one_form || (m->kind != JSON_NULL && m->kind != JSON_FALSE);
	if (is_prompt(e, m->key) && m->kind != JSON_NULL)
		read_prompt(e, m);
}

void expectation_begin(struct expectation *e, const struct endpoint *endpoint)
{
	*e = (struct expectation){
	    .endpoint = endpoint, .largest = -1, .n_predict = -1, .n = 1, .length_limit = -1};
}

void expectation_value(struct expectation *e, const struct canonical_member *m)
{
	if (m->depth == 1)
		read_top(e, m);
	if (m->depth != 2 || !e->in_prompt)
		return;
	e->texts += m->kind == JSON_STRING;
	e->lists += m->kind == JSON_ARRAY_OPEN;
	e->numbers += m->kind == JSON_NUMBER;
	e->uncounted = e->uncounted || m->kind == JSON_OBJECT_OPEN;
}

/* Counts prompts: "a", ["a","b"], [1,2], [[1],[2]] are one, two, one, two. 0: a mixture, which
 * servers count differently. */
static unsigned count_prompts(const struct expectation *e)
{
	if (e->endpoint->family != FAMILY_COMPLETIONS && !is_per_input(e))
		return 1;
	unsigned kinds = (e->texts > 0) + (e->lists > 0) + (e->numbers > 0);
	if (kinds != 1)
		return 0;
	return e->numbers ? 1 : e->texts + e->lists;
}

/* Servers use only one of the limits, and which one is known only for llama.cpp's own completions;
 * so a response has to reach the largest. */
void expectation_end(struct expectation *e)
{
	int64_t limit = is_native(e) && e->n_predict >= 0 ? e->n_predict : e->largest;
	uint64_t choices = (uint64_t)count_prompts(e) * (uint64_t)(e->n > 0 ? e->n : 0);
	e->length_limit = e->unlimited ? -1 : limit;
	uint64_t most = is_per_input(e) ? UINT_MAX : CHOICES_MOST;
	e->choices = e->uncounted || choices > most ? 0 : (unsigned)choices;
}
