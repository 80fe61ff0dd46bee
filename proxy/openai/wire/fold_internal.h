/* Shared by fold and unfold and their modules for each family. Private to fold*.c and unfold*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/json_tree.h"
#include "proxy/openai/wire/unfold.h"

/* Returns the memory limit for the tree of a text of this length. */
size_t fold_tree_limit(size_t text_len);

/* ## Fold */

/* Most members of an object that message_delta changes: of the message, and of its usage. */
enum { FOLD_MEMBERS = 64 };

struct folding {
	struct json_tree *tree;
	struct json_node *answer; /* the object so far; NULL: nothing folded yet */
	bool done;		  /* [DONE] was seen */
	bool ended;		  /* the terminal event was seen */
	/* for the family modules */
	struct fold_choices *choices; /* of chat and completions; NULL: none yet */
	struct json_node *content;    /* of llama.cpp's own completion; NULL: none yet */
	struct json_node *members;    /* names seen in the events of that completion */
	struct fold_block *blocks;    /* Anthropic's content blocks, by index */
	size_t block_count;
	size_t block_room;
	bool counted; /* message_delta had usage */
	size_t items; /* number of a response's items that are done */
};

struct folder {
	/* Takes one event, an object. Pings, comments, null and [DONE] are handled by the caller.
	 * False: not understood. */
	bool (*event)(struct folding *f, struct json_node *event);
	/* Called after the last event; completes f->answer. False: the stream is not complete. */
	bool (*end)(struct folding *f);
};

extern const struct folder folder_chat;
extern const struct folder folder_completions; /* OpenAI's shape and llama.cpp's own */
extern const struct folder folder_responses;
extern const struct folder folder_messages;

/* Takes an event of llama.cpp's own completion shape, on behalf of folder_completions
 * (fold_native.c). The terminal event sets f->answer. */
bool fold_native(struct folding *f, struct json_node *event);

/* ## Unfold */

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
