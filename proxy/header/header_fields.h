/* Header fields of HTTP messages, and which of them stop at a proxy.
 *
 * A list points to bytes of somebody else (a request's: libmicrohttpd's memory of the connection)
 * or owns copies of them (a response's head, which outlives the transfer).
 *
 * Threads: one at a time; a head is constant once it is in a flight. */
#pragma once

#include "base/buf.h"
#include "base/slice.h"
#include "cache/key/fingerprint.h"

#include <stdint.h>

/* More fields than any real client or server sends; a request with so many is refused. */
enum { FIELDS_MAX = 128 };

struct field {
	struct slice name;
	struct slice value;
};

struct fields {
	size_t count;
	struct field at[FIELDS_MAX];
};

/* The value of the first field of the name, empty if there is none. Names are compared without
 * regard to case, here and below (RFC 9110 §5.1). */
struct slice fields_first(const struct fields *f, struct slice name);

size_t fields_count(const struct fields *f, struct slice name);

/* The length of the body that these fields announce: -1 if they give none, or none to be believed.
 * A transfer coding overrules Content-Length, and two of these are believed if they are equal (RFC
 * 9112 §6.3). */
int64_t fields_body_length(const struct fields *f);

/* Whether these fields say where the body ends: by its length or by chunks. If not, the end of the
 * connection does, which looks the same when it breaks (RFC 9112 §6.3). */
bool fields_delimit_body(const struct fields *f);

/* Whether a comma-separated list of any field of this name has the token (RFC 9110 §5.6.1). */
bool fields_have_token(const struct fields *f, struct slice name, struct slice token);

/* Whether a field's name is one of these; FIELD_IS_AMONG counts the rows of a table itself. */
bool field_is_one_of(struct slice name, const struct slice *names, size_t count);
#define FIELD_IS_AMONG(name, table) field_is_one_of(name, table, sizeof(table) / sizeof((table)[0]))

/* Fields that belong to one connection only and must not be forwarded (RFC 9110 §7.6.1), beside
 * what Connection fields of the same message name. */
extern const struct slice hop_by_hop[];
extern const size_t hop_by_hop_count;

/* Which fields the message's own Connection fields name, into ret_named[FIELDS_MAX]. False: none,
 * and *ret_named says nothing. Takes t log n steps for t tokens and n fields. */
bool fields_named_by_connection(const struct fields *f, bool *ret_named);

/* Whether this is one of the fields in which clients present the key of an API: Authorization,
 * X-Api-Key (Anthropic), Api-Key (Azure). */
bool field_is_api_key(struct slice name);

/* Where the fields of an answer are written to, one after the other. */
struct field_sink {
	void (*add)(void *context, struct slice name, struct slice value);
	void *context;
};

/* ## A response's head */

struct head {
	unsigned status;
	int64_t content_length; /* -1: not given, or not to be believed */
	char *origin;		/* of the request that it answers; owned; NULL: it had none */
	bool unedited;		/* it answers the client's own body, ours was refused */
	struct digest asked;	/* of the request that it answers, where others can join it */
	struct fields fields;	/* owned copies, hop-by-hop ones left out */
};

struct head *head_create(unsigned status);
void head_destroy(struct head **h);
void head_free(void **head); /* the same, for flight_head */

/* Adds a copy of a field. False: there are FIELDS_MAX already, and the head is as it was. */
MUST_CHECK bool head_add(struct head *h, struct slice name, struct slice value);

/* Its Content-Type; empty: it has none, or several, of which none is the answer's. */
struct slice head_content_type(const struct head *h);

/* Takes out what must not be forwarded, once all fields are in; call it once. Content-Length goes
 * into content_length. */
void head_complete(struct head *h);
