/* Shared by unfold and its modules for each family. Private to unfold*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/json_tree.h"
#include "proxy/openai/wire/unfold.h"

struct unfolding {
	struct json_tree *tree;
	const struct unfold_options *options;
	struct buf frame;
	size_t left; /* bytes that may still be sent */
	/* on_event returned false, the stream got too long, or there was no memory; nothing more is
	 * sent */
	bool failed;
	/* for the family modules */
	unsigned sequence; /* number of the next event, where they are numbered */
	char digits[12];   /* the number of the current event, as text */
};

/* Passes a frame to on_event: `data: {…}`, with a line `event: NAME` before it unless NAME is
 * NULL. */
void unfold_send(struct unfolding *u, const char *name, const struct json_node *event);

/* Passes `data: [DONE]` to on_event. */
void unfold_send_done(struct unfolding *u);

/* Cuts the next piece off *rest, a JSON string as spelled between its quotes. The piece has at
 * least `characters` characters and ends before the next word; 0: one word. It ends between
 * characters, never inside an escape or a surrogate pair. *rest must not be empty. */
struct slice unfold_piece(struct slice *rest, size_t characters);

/* Sends the whole stream of an object. False: not understood. */
bool unfold_chat(struct unfolding *u, struct json_node *object);
bool unfold_completions(struct unfolding *u, struct json_node *object);
bool unfold_responses(struct unfolding *u, struct json_node *object);
bool unfold_messages(struct unfolding *u, struct json_node *object);
