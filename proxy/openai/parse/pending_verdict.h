/* Pending verdicts: those that depend on what comes later in the same list or object. An empty list
 * refers to nothing, an object may say that it is off, a block's type may say that it holds text,
 * and an object with nothing but an id refers to what the upstream stores under that id. Pure.
 *
 * Threads: one at a time per struct pending_verdict. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/verdict.h"

/* What a pending verdict waits for. */
enum pending_verdict_condition {
	PENDING_ELEMENT, /* confirmed once the list has an element */
	/* confirmed unless the object has mode: "off", enabled: false or the like */
	PENDING_SWITCH,
	PENDING_TEXT, /* confirmed unless the object's type says that it holds text */
};

/* Zero it before the first value of a body; verdicts are then VERDICT_FINE. */
struct pending_verdict {
	/* private to pending_verdict.c. Depths are those of the members and elements; 0: none. */
	struct {
		enum verdict verdict;
		enum pending_verdict_condition until;
		unsigned depth;
	} held;
	unsigned text_depth;	/* of an object that holds text */
	unsigned medium_depth;	/* of an object whose type is a medium */
	unsigned address_depth; /* of an object with a string that tells where something is */
	struct pending_verdict_object {
		unsigned depth;
		/* An item of the input, in which `role` does not count as content. In other objects
		 * it does: they are messages then, even if empty. */
		bool item;
		bool id;      /* it has an id */
		bool content; /* it has more than an id */
		enum verdict verdict;
	} objects[2]; /* an item of the input, and an object within a message */
};

/* Holds a verdict on m, or (PENDING_TEXT) on the object that m is a member of. Returns the verdict
 * to give now: FINE, or one that was held before. */
enum verdict pending_verdict_hold(struct pending_verdict *p, const struct canonical_member *m,
				  enum pending_verdict_condition until, enum verdict verdict);

/* Begins an object, which gets the verdict if it has an id and nothing else. `item`: it is an item
 * of the input. */
void pending_verdict_begin(struct pending_verdict *p, const struct canonical_member *object,
			   bool item, enum verdict verdict);

/* Takes the next value; call it before holding a verdict on that value. Returns a verdict that is
 * confirmed now, or FINE. */
enum verdict pending_verdict_value(struct pending_verdict *p, const struct canonical_member *m);

/* Takes a string that is a member of a content block, or lies within a medium. Returns REMOTE_MEDIA
 * if an object with a medium's type tells where the medium is. */
enum verdict pending_verdict_block(struct pending_verdict *p, const struct canonical_member *m,
				   bool in_medium);

/* Call after the last value. Returns a verdict that is confirmed now, or FINE. */
enum verdict pending_verdict_end(struct pending_verdict *p);
