/* What the families' halves of fold and unfold share. Private to fold*.c and unfold*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/fold.h"
#include "proxy/openai/wire/json_tree.h"
#include "proxy/openai/wire/unfold.h"

/* What the tree of a text of that length may occupy. */
size_t fold_tree_limit(size_t text_len);

/* ## Fold */

/* What comes late in a stream of messages has no more members than this, nor has usage. */
enum { FOLD_MEMBERS = 64 };

struct folding {
	struct json_tree *tree;
	struct json_node *answer; /* what has been folded so far; NULL: nothing */
	bool done;		  /* [DONE] was seen */
	bool ended;		  /* the terminal event was seen */
	/* the family's own */
	struct fold_choices *choices; /* of chat and completions; NULL: none came */
	struct json_node *content;    /* of llama.cpp's own completion; NULL: none came */
	struct json_node *members;    /* whose names its events had */
	struct fold_block *blocks;    /* Anthropic's content blocks, by index */
	size_t block_count;
	size_t block_room;
	bool counted; /* usage came at the end of the message */
	size_t items; /* of a response that are done */
};

struct folder {
	/* One event, an object (pings, comments, null and [DONE] do not come here). False: not
	 * understood. */
	bool (*event)(struct folding *f, struct json_node *event);
	/* After the last one: makes f->answer the object. False: it is not whole. */
	bool (*end)(struct folding *f);
};

extern const struct folder folder_chat;
extern const struct folder folder_completions; /* OpenAI's shape and llama.cpp's own */
extern const struct folder folder_responses;
extern const struct folder folder_messages;

/* llama.cpp's own shape of a completion (native.c): what folder_completions does with it. The
 * terminal event makes f->answer the object. */
bool fold_native(struct folding *f, struct json_node *event);

/* ## Unfold */

struct unfolding {
	struct json_tree *tree;
	const struct unfold_options *options;
	struct buf frame;
	size_t left; /* bytes that may yet be sent */
	bool failed; /* on_event said no, it got too long, or there was no memory: nothing more is
		      * sent */
	/* the family's own */
	unsigned sequence; /* of events, where they are numbered */
	char digits[12];   /* the number of the one that is sent */
};

/* Hands out a frame: `data: {…}`, with a line `event: NAME` before it unless NAME is NULL. */
void unfold_send(struct unfolding *u, const char *name, const struct json_node *event);

/* Hands out `data: [DONE]`. */
void unfold_send_done(struct unfolding *u);

/* The next piece of a JSON string (spelled, as between the quotes) cut off *rest: at least
 * `characters` characters and then up to where a word begins; 0: one word. It ends between
 * characters, never inside an escape or a surrogate pair. Not called with an empty *rest. */
struct slice unfold_piece(struct slice *rest, size_t characters);

/* Each sends the whole stream of an object. False: not understood. */
bool unfold_chat(struct unfolding *u, struct json_node *object);
bool unfold_completions(struct unfolding *u, struct json_node *object);
bool unfold_responses(struct unfolding *u, struct json_node *object);
bool unfold_messages(struct unfolding *u, struct json_node *object);
