/* Header fields of HTTP messages, and which of them a proxy must not forward.
 *
 * A struct fields points to bytes that it does not own (a request's: in libmicrohttpd's memory of
 * the connection) or to copies that it owns (in a response's head, which outlives the transfer).
 *
 * Threads: one at a time; a head is constant once it is in a flight. */
#pragma once

#include "base/slice.h"
#include "cache/key/fingerprint.h"

#include <stdint.h>

/* More fields than any real client or server sends; a request with that many is refused. */
enum { FIELDS_MAX = 128 };

struct field {
	struct slice name;
	struct slice value;
};

struct fields {
	size_t count;
	struct field at[FIELDS_MAX];
};

/* The value of the first field of this name, empty if there is none. Names are compared without
 * case, here and below (RFC 9110 §5.1). */
struct slice fields_first(const struct fields *f, struct slice name);

size_t fields_count(const struct fields *f, struct slice name);

/* The length of the body that these fields announce; -1: none, or an invalid one. Transfer-Encoding
 * overrides Content-Length, and repeated Content-Lengths are valid if they are equal (RFC 9112
 * §6.3). */
int64_t fields_body_length(const struct fields *f);

/* Whether these fields delimit the body, by its length or by chunks. If not, the end of the
 * connection does, which looks the same when the connection breaks (RFC 9112 §6.3). */
bool fields_delimit_body(const struct fields *f);

/* Whether the comma-separated list of any field of this name contains the token (RFC 9110
 * §5.6.1). */
bool fields_have_token(const struct fields *f, struct slice name, struct slice token);

/* Whether a field's name is among these; FIELD_IS_AMONG takes an array and counts it. */
bool field_is_one_of(struct slice name, const struct slice *names, size_t count);
#define FIELD_IS_AMONG(name, table) field_is_one_of(name, table, sizeof(table) / sizeof((table)[0]))

/* Fields that belong to one connection only and must not be forwarded (RFC 9110 §7.6.1), besides
 * those named in the message's own Connection fields. */
extern const struct slice hop_by_hop[];
extern const size_t hop_by_hop_count;

/* Marks in ret_named[FIELDS_MAX] the fields that the message's own Connection fields name. False:
 * none, and ret_named is not set. Takes t log n steps for t tokens and n fields. */
bool fields_named_by_connection(const struct fields *f, bool *ret_named);

/* Whether clients present API keys in this field: Authorization, X-Api-Key (Anthropic), Api-Key
 * (Azure). */
bool field_is_api_key(struct slice name);

/* Receives the fields of a response, one after the other. */
struct field_sink {
	void (*add)(void *context, struct slice name, struct slice value);
	void *context;
};

/* ## A response's head */

struct head {
	unsigned status;
	int64_t content_length; /* -1: not given, or invalid */
	char *origin;		/* the request's Origin; owned; NULL: none */
	bool unedited;		/* the response to the client's own body, since ours was refused */
	struct digest asked;	/* of the request, where others can join it */
	struct fields fields;	/* owned copies, without hop-by-hop fields */
};

struct head *head_create(unsigned status);
void head_destroy(struct head **h);
void head_free(void **head); /* as head_destroy, for flight_head */

/* Adds a copy of a field. False: there are FIELDS_MAX fields already, and nothing was added. */
MUST_CHECK bool head_add(struct head *h, struct slice name, struct slice value);

/* The Content-Type; empty: there is none, or more than one, so that none is reliable. */
struct slice head_content_type(const struct head *h);

/* Removes the fields that must not be forwarded, and sets content_length from Content-Length. Call
 * it once, after all fields are added. */
void head_complete(struct head *h);
