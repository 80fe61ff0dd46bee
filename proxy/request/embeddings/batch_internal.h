/* What a batch is made of. For batch_identify.c, which names its parts, batch.c, which collects
 * them, and batch_answer.c, which puts the answer together. */
#pragma once

#include "proxy/request/embeddings/batch.h"
#include "proxy/request/embeddings/batch_fetch.h"
#include "proxy/openai/embeddings/embedding_inputs.h"

enum {
	/* So often a part is asked for: with each round twice as many of those who joined it lead
	 * (request.h), which is enough for five hundred. */
	BATCH_ROUNDS = 10,
};

enum part_state {
	STATE_WANTED, /* to be opened */
	STATE_KNOWN,  /* an entry */
	STATE_JOINED, /* somebody's flight; bytes once it has ended */
	STATE_LED,    /* asked for by the batch fetch of its round */
};

struct part {
	struct batch *batch;
	struct name name;
	uint32_t input; /* the first that it is */
	enum part_state state;
	unsigned char round;  /* in which it was opened last */
	uint32_t index;	      /* LED: among those of the round */
	struct reader reader; /* JOINED, LED */
	struct entry *entry;  /* KNOWN */
	struct buf bytes;     /* JOINED: the packed item */
};

struct batch {
	struct request *request;
	struct embedding_inputs *inputs;
	struct part *parts;
	size_t part_count;
	uint32_t *order; /* of each input, its part */
	unsigned round;
	struct batch_fetch *fetches[BATCH_ROUNDS]; /* NULL: nothing is led in this round */
	bool whole;				   /* the first round's got the client's own body */
	const struct batch_head *refusal; /* not 200, of somebody's who sent the same; NULL: none */
	/* while the answer is sent piece by piece */
	size_t next; /* input */
	struct buf piece;
	size_t piece_sent;
};

/* The packed item of a part that is there. Its slices live as long as the part. */
struct embedding_item part_item(const struct part *p);
