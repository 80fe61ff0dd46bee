#include "proxy/request/embeddings/batch_unpack.h"

static void work(struct job *job)
{
	struct unpacking *u = container_of(job, struct unpacking, job);
	struct items_options options = {.expected = u->count, .member = "embedding"};
	u->verdict = items_read(u->body, &options, &u->items);
	if (u->verdict == VERDICT_FINE)
		items_share(u->items, u->lengths, u->tokens);
}

static void done(struct job *job)
{
	struct unpacking *u = container_of(job, struct unpacking, job);
	u->busy = false;
	u->on_done(u);
}

void unpacking_start(struct kit *kit, struct unpacking *u)
{
	u->job = (struct job){.work = work, .done = done, .bytes = u->body.len};
	u->busy = offload_wants(kit, u->body.len, OFFLOAD_FROM);
	if (u->busy) {
		offload_start(kit, &u->job);
		return;
	}
	work(&u->job);
	u->on_done(u);
}

void unpacking_finish(struct kit *kit, struct unpacking *u)
{
	items_destroy(&u->items);
	allowance_give(&kit->allowance, u->job.billed);
	u->job.billed = 0;
}
