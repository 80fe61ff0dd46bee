/* Random requests as trees, and random spellings of each, for property tests.
 *
 * Spellings differ in everything that must not matter: blanks, escapes, the order of members in the
 * places of chat_places.h, the spelling of numbers at the top, members that are left out. A change
 * makes a different request: it changes a value, a key, a kind, or an order that matters. */
#pragma once

#include "base/buf.h"
#include "cache/key/json_scan.h"

#include <stdint.h>

enum { NODE_CHILDREN = 5, NODE_POINTS = 160, REQUEST_NODES = 256 };

struct text_points {
	unsigned count;
	unsigned points[NODE_POINTS];
};

struct json_node {
	enum json_kind kind;
	uint8_t place;
	bool top;		 /* a member of the outermost object */
	struct text_points key;	 /* of a member */
	struct text_points text; /* of a string */
	int digits, exponent; /* of a number; digits are no multiple of ten, or 0 with exponent 0 */
	unsigned count;
	struct json_node *children[NODE_CHILDREN];
};

struct request {
	unsigned count; /* of nodes; the first is the outermost object */
	struct json_node nodes[REQUEST_NODES];
};

/* Returns a number below the bound (> 0) and advances the state, which may start as any number. */
unsigned random_below(uint64_t *state, unsigned bound);

void request_random(struct request *r, uint64_t *state);

/* Appends a random spelling of the request. */
void request_spell(const struct request *r, uint64_t *state, struct buf *out);

/* Turns it into a different request. Returns the name of the change. */
const char *request_change(struct request *r, uint64_t *state);
