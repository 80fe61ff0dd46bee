/* An expectation: what a request lets one expect of its answer, so that an answer which is not what
 * was asked for is not stored. Pure.
 *
 * Threads: one at a time per struct expectation. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"

struct expectation {
	/* valid after expectation_end */
	unsigned choices;     /* how many there will be, or vectors and the like, of which there
			       * is one for each input; 0: not known */
	int64_t length_limit; /* tokens for each choice, as the request sets it; -1: it sets none,
			       * or something else may end the answer early */
	bool one_form;	      /* of the answer nothing in the other wire form can be made */
	/* private to expectation.c */
	const struct endpoint *endpoint;
	int64_t largest;   /* of the limits that were given; -1: none */
	int64_t n_predict; /* -1: not given */
	bool unlimited;
	bool uncounted; /* the number of choices is not to be known */
	int64_t n;
	unsigned prompts; /* members that hold prompts */
	bool in_prompt;	  /* inside a list of prompts */
	unsigned texts, lists, numbers;
};

/* Before the first value of a body. */
void expectation_begin(struct expectation *e, const struct endpoint *endpoint);

/* One value of the body, which come in the order of the text (canonical_rules). */
void expectation_value(struct expectation *e, const struct canonical_member *m);

/* After the last one. */
void expectation_end(struct expectation *e);
