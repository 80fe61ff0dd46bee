/* Expectation: what a request implies about its response, so that a response that does not match is
 * not stored. Pure.
 *
 * Threads: one at a time per struct expectation. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"

struct expectation {
	/* valid after expectation_end */
	/* expected number of choices, or of vectors and the like where there is one for each input;
	 * 0: not known */
	unsigned choices;
	/* tokens for each choice, as set by the request; -1: none is set, or something else may end
	 * the response early */
	int64_t length_limit;
	bool one_form; /* the response cannot be converted to the other wire form */
	/* private to expectation.c */
	const struct endpoint *endpoint;
	int64_t largest;   /* largest limit given; -1: none */
	int64_t n_predict; /* -1: not given */
	bool unlimited;
	bool uncounted; /* the number of choices cannot be known */
	int64_t n;
	unsigned prompts; /* number of members that hold prompts */
	bool in_prompt;	  /* inside a list of prompts */
	unsigned texts, lists, numbers;
};

/* Call before the first value of a body. */
void expectation_begin(struct expectation *e, const struct endpoint *endpoint);

/* Takes one value of the body. Values come in the order of the text (canonical_rules). */
void expectation_value(struct expectation *e, const struct canonical_member *m);

/* Call after the last value; sets the results. */
void expectation_end(struct expectation *e);
