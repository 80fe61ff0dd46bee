/* Random requests as trees, and many ways to spell each. For property tests.
 *
 * A spelling varies all that may not matter: blanks, escapes, the order of members in the places of
 * chat_places.h, how numbers at the top are spelled, members that are left out. A change makes
 * another request of a tree: a value, a key, a kind, an order that counts. */
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
	unsigned count; /* of nodes; the first one is the outermost object */
	struct json_node nodes[REQUEST_NODES];
};

/* A number below the bound (> 0). The state is any number; it moves on. */
unsigned random_below(uint64_t *state, unsigned bound);

void request_random(struct request *r, uint64_t *state);

/* Appends a spelling. */
void request_spell(const struct request *r, uint64_t *state, struct buf *out);

/* Makes another request of it. Returns a word for what was changed. */
const char *request_change(struct request *r, uint64_t *state);
