/* CORS: which pages may read the answers that the upstream did not make for them (Fetch standard,
 * §3.2 "CORS protocol").
 *
 * The upstream decides. What it permits is learned from its own answers, for each path and origin,
 * and said again with hits, joins and errors of ours. An answer's origin is never part of a cache
 * key: the fields are made anew for each reader.
 *
 *     the upstream said, on this path                     an answer to origin B says
 *     to B itself                                         the same
 *     "*"                                                 "*"
 *     an empty origin where the request had none          B (the server returns any origin)
 *     B, in its answer to a preflight                     B
 *     anything else, or nothing yet; but B's request      B (its browser asked the upstream first,
 *       cannot have been sent without a preflight           and may send it)
 *     anything else, or nothing yet                       not known: the upstream has to be asked
 *
 * The last row is what keeps a page that the upstream does not permit from reading an answer that
 * another page asked for. Only 2xx answers teach anything: servers leave the fields out of errors.
 *
 * Threads: any; create and destroy while no worker runs. Every function takes a NULL table, which
 * knows nothing and learns nothing. */
#pragma once

#include "proxy/header/header_fields.h"

struct cors;

struct cors *cors_create(void);
void cors_destroy(struct cors **c);

/* A longer origin is treated as none, and so is a longer path. */
enum { CORS_ORIGIN = 256, CORS_PATH = 256 };

/* A longer list of exposed fields is not repeated. */
enum { CORS_EXPOSE = 256 };

/* What a request says of its origin. The slices point to the request. */
struct cors_request {
	struct slice path;   /* without the query */
	struct slice origin; /* empty: none, two, or none to be believed */
	bool cookie;	     /* servers that permit any origin name it where there are cookies */
	bool preflighted;    /* a browser sends it only after a preflight that permitted it */
};

struct cors_request cors_request(struct slice path, const struct fields *fields);

/* Whether this is a preflight: OPTIONS with an origin and the method that is asked about. */
bool cors_is_preflight(struct slice method, const struct fields *fields);

/* What an answer says to its reader's page. */
struct cors_grant {
	bool known;		  /* else nothing else is set */
	bool credentials;	  /* Access-Control-Allow-Credentials */
	char allow[CORS_ORIGIN];  /* Access-Control-Allow-Origin; empty: none */
	char expose[CORS_EXPOSE]; /* Access-Control-Expose-Headers of the upstream's; empty: none */
};

struct cors_grant cors_find(struct cors *c, const struct cors_request *request);

/* What an answer of the upstream's is to teach. */
enum cors_lesson {
	CORS_LESSON_NONE,
	CORS_LESSON_ANSWER,
	CORS_LESSON_PREFLIGHT,
};

/* The upstream answered this request with this head. */
void cors_learn(struct cors *c, const struct cors_request *request, const struct head *head);

/* The same, of a preflight. */
void cors_learn_preflight(struct cors *c, const struct cors_request *request,
			  const struct head *head);
