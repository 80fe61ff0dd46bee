/* Verdicts that depend on what comes later in the same list or object: an empty list refers to
 * nothing, an object may say that it is off, a block's type may say that it holds text, and an
 * object with nothing but an id refers to what the upstream keeps under it. Pure.
 *
 * Threads: one at a time per struct pending. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/verdict.h"

/* What a pending verdict waits for. */
enum pending_verdict_for {
	PENDING_ELEMENT, /* it stands once the list has an element */
	PENDING_SWITCH,	 /* it stands unless the object has mode: "off", enabled: false or the like
			  */
	PENDING_TEXT,	 /* it stands unless the object's type says that it holds text */
};

/* Zeroed before the first value of a body; verdicts are VERDICT_FINE then. */
struct pending_verdict {
	/* private to pending.c. Depths are those of the members and elements; 0: none. */
	struct {
		enum verdict verdict;
		enum pending_verdict_for until;
		unsigned depth;
	} held;
	unsigned text_depth;	/* of an object that holds text */
	unsigned medium_depth;	/* of an object whose type is a medium */
	unsigned address_depth; /* of an object with a text that says where something is */
	struct pending_verdict_object {
		unsigned depth;
		bool item;    /* of the input; else one with a role is a message, if an empty one */
		bool id;      /* it has an id */
		bool content; /* and something else */
		enum verdict verdict;
	} objects[2]; /* an item of the input, and an object within a message */
};

/* Holds a verdict on m, or on the object that m is a member of (PENDING_TEXT). Returns the verdict
 * that has to be given now: FINE, or one that was held before. */
enum verdict pending_verdict_hold(struct pending_verdict *p, const struct canonical_member *m,
				  enum pending_verdict_for until, enum verdict verdict);

/* Begins an object, which gets the verdict if it has an id and nothing else. `item`: it is an item
 * of the input. */
void pending_verdict_begin(struct pending_verdict *p, const struct canonical_member *object,
			   bool item, enum verdict verdict);

/* Takes the next value, before anything is held on it. Returns a verdict that stands now. */
enum verdict pending_verdict_value(struct pending_verdict *p, const struct canonical_member *m);

/* Takes a text among the members of a block of content, or within a medium. Returns REMOTE_MEDIA if
 * an object of a medium's type says where that is. */
enum verdict pending_verdict_block(struct pending_verdict *p, const struct canonical_member *m,
				   bool in_medium);

/* After the last value. Returns a verdict that stands now. */
enum verdict pending_verdict_end(struct pending_verdict *p);
