#include "proxy/request/embeddings/batch_unpack.h"

static void work(struct job *job)
{
	struct batch_unpack *u = container_of(job, struct batch_unpack, job);
	struct embedding_items_options options = {.expected = u->count, .member = "embedding"};
	u->verdict = embedding_items_read(u->body, &options, &u->items);
	if (u->verdict == VERDICT_FINE)
		embedding_items_share(u->items, u->lengths, u->tokens);
}

static void done(struct job *job)
{
	struct batch_unpack *u = container_of(job, struct batch_unpack, job);
	u->busy = false;
	u->on_done(u);
}

void batch_unpack_start(struct context *worker, struct batch_unpack *u)
{
	u->job = (struct job){.work = work, .done = done, .bytes = u->body.len};
	u->busy = thread_pool_wants(worker, u->body.len, THREAD_POOL_FROM);
	if (u->busy) {
		thread_pool_start(worker, &u->job);
		return;
	}
	work(&u->job);
	u->on_done(u);
}

void batch_unpack_finish(struct context *worker, struct batch_unpack *u)
{
	embedding_items_destroy(&u->items);
	memory_quota_give(&worker->quota, u->job.billed);
	u->job.billed = 0;
}
