/* Rules: finds the first of cache.rules that matches a request and returns its policy.
 *
 * Pure, allocates nothing. Threads: any. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"

/* The properties of a request that rules match. */
struct rules_subject {
	struct slice endpoint; /* its name */
	struct slice model;    /* empty: none */
	struct slice tenant;   /* empty: none */
	struct slice space;    /* the namespace that the request names; empty: none */
	const struct fields *fields;
};

struct policy {
	int64_t ttl_ms; /* 0: do not store; -1: not set by a rule */
	bool store;	/* may be looked up and stored */
	bool everyone;	/* shared between credentials */
	bool sampled;	/* may be stored even if the answer depends on chance */
};

/* Applies the first matching rule; what it does not set comes from the options in cache. If a
 * header has several values, one of them must match; an absent header never matches. */
struct policy rules_apply(const struct config *config, const struct rules_subject *subject);
