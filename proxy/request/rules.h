/* Rules: which of cache.rules fits a request, and what comes of it. Pure; allocates nothing; the
 * configuration's own rows are what is matched. Any thread. */
#pragma once

#include "config/config.h"
#include "proxy/header/header_fields.h"

/* What rules look at. */
struct rules_subject {
	struct slice endpoint; /* its name */
	struct slice model;    /* empty: none */
	struct slice tenant;   /* empty: nobody that we know */
	struct slice space;    /* the namespace that the request asks for; empty: none */
	const struct fields *fields;
};

/* What is done with a request. */
struct policy {
	int64_t ttl_ms; /* 0: not stored; -1: no rule says */
	bool store;	/* it may be looked up and stored */
	bool everyone;	/* whatever the credential */
	bool sampled;	/* also where chance has a part in it */
};

/* The first rule that fits says what it says, the options of cache. the rest. Of a header's several
 * values one has to fit, and one that is absent fits nothing. */
struct policy rules_apply(const struct config *config, const struct rules_subject *subject);
