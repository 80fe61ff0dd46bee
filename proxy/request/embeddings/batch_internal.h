/* The state of a batch, shared by batch_identify.c, which creates its parts, batch.c, which
 * collects them, and batch_respond.c, which composes the response. */
#pragma once

#include "proxy/openai/embeddings/embedding_inputs.h"
#include "proxy/request/embeddings/batch.h"
#include "proxy/request/embeddings/batch_fetch.h"

enum {
	/* Maximum number of times that a part is asked for. In each round twice as many of the
	 * requests that joined it lead (request.h), so this is enough for five hundred. */
	BATCH_ROUNDS = 10,
};

enum part_state {
	PART_WANTED, /* to be opened */
	PART_CACHED, /* has an entry */
	PART_JOINED, /* reads another request's flight; has bytes once it has ended */
	PART_LED,    /* fetched by the batch fetch of its round */
};

struct part {
	struct batch *batch;
	struct cache_key key;
	uint32_t input; /* index of the first input that is this part */
	enum part_state state;
	unsigned char round;  /* in which it was last opened */
	uint32_t index;	      /* LED: among the parts of its round's fetch */
	struct reader reader; /* JOINED, LED */
	struct entry *entry;  /* CACHED */
	struct buf bytes;     /* JOINED: the packed item */
};

struct batch {
	struct request *request;
	struct embedding_inputs *inputs;
	struct part *parts;
	size_t part_count;
	uint32_t *order; /* for each input, the index of its part */
	unsigned round;
	struct batch_fetch *fetches[BATCH_ROUNDS]; /* NULL: no part is led in this round */
	bool whole;				   /* the last fetch got the client's own body */
	const struct batch_head *refusal; /* a joined response that is not 200; NULL: none */
	/* while the response is written */
	size_t next; /* input to write next */
	struct buf piece;
	size_t piece_sent;
};

/* The item of a part that has arrived. Its slices live as long as the part. */
struct embedding_item part_item(const struct part *p);
