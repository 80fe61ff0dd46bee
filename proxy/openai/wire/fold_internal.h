/* Shared by fold and its modules for each family. Private to fold*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "proxy/openai/wire/json_tree.h"

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
