/* CORS: which web pages may read responses that the upstream did not make for them (Fetch standard,
 * §3.2 "CORS protocol").
 *
 * The upstream decides. What it permits is learned from its own responses, for each path and
 * origin, and repeated with hits, joins and our own errors. An origin is never part of a cache key:
 * the CORS fields are made anew for each reader.
 *
 *     the upstream's response on this path                a response to origin B says
 *     to B itself                                         the same
 *     "*"                                                 "*"
 *     an empty origin where the request had none          B (the server returns any origin)
 *     B, in its response to a preflight                   B
 *     anything else, or nothing yet; but B's request      B (its browser asked the upstream first,
 *       cannot have been sent without a preflight           and may send it)
 *     anything else, or nothing yet                       unknown: the upstream has to be asked
 *
 * The last row keeps a page that the upstream does not permit from reading a response that another
 * page asked for. Only 2xx responses are learned from: servers leave the fields out of errors.
 *
 * Threads: any; create and destroy while no worker runs. Every function accepts a NULL table, which
 * knows nothing and learns nothing. */
#pragma once

#include "proxy/header/header_fields.h"

struct cors;

struct cors *cors_create(void);
void cors_destroy(struct cors **c);

/* Longer origins and paths are treated as unknown. */
enum { CORS_ORIGIN = 256, CORS_PATH = 256 };

/* A longer list of exposed fields is not repeated. */
enum { CORS_EXPOSE = 256 };

/* A request's origin and what matters with it. The slices point into the request. */
struct cors_request {
	struct slice path;   /* without the query */
	struct slice origin; /* empty: none, more than one, or invalid */
	bool cookie;	     /* there are cookies: a server that permits any origin then names it */
	bool preflighted;    /* a browser sends such a request only after a successful preflight */
};

struct cors_request cors_request(struct slice path, const struct fields *fields);

/* Whether this is a preflight: OPTIONS with one Origin and one Access-Control-Request-Method. */
bool cors_is_preflight(struct slice method, const struct fields *fields);

/* The CORS fields of a response for the page that reads it. */
struct cors_grant {
	bool known;		  /* false: the other members are not set */
	bool credentials;	  /* Access-Control-Allow-Credentials */
	char allow[CORS_ORIGIN];  /* Access-Control-Allow-Origin; empty: none */
	char expose[CORS_EXPOSE]; /* the upstream's Access-Control-Expose-Headers; empty: none */
};

struct cors_grant cors_find(struct cors *c, const struct cors_request *request);

/* What to learn from a response of the upstream. */
enum cors_lesson {
	CORS_LESSON_NONE,
	CORS_LESSON_ANSWER,
	CORS_LESSON_PREFLIGHT,
};

/* Learns from the head of the upstream's response to this request. */
void cors_learn(struct cors *c, const struct cors_request *request, const struct head *head);

/* As cors_learn, for the response to a preflight. */
void cors_learn_preflight(struct cors *c, const struct cors_request *request,
			  const struct head *head);
