#include "proxy/upstream/usage_refusals.h"

#include "base/memory.h"
#include "base/own.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct refusal {
	char *upstream; /* NULL: the row is free */
	char *model;
	size_t model_len;
	int64_t until_ms;
};

struct usage_refusals {
	pthread_mutex_t lock;
	atomic_bool any; /* a row was filled: saves the lock, since most servers refuse nothing */
	struct refusal rows[USAGE_REFUSALS_MOST];
};

struct usage_refusals *usage_refusals_create(void)
{
	struct usage_refusals *u = memory_new(struct usage_refusals);
	pthread_mutex_init(&u->lock, NULL);
	return u;
}

static void refusal_clear(struct refusal *r)
{
	free(r->upstream);
	free(r->model);
	*r = (struct refusal){0};
}

void usage_refusals_destroy(struct usage_refusals **u)
{
	struct usage_refusals *gone = take(u);
	if (!gone)
		return;
	for (size_t i = 0; i < USAGE_REFUSALS_MOST; i++)
		refusal_clear(&gone->rows[i]);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}

static bool is_about(const struct refusal *r, const char *upstream, struct slice model)
{
	return r->upstream && strcmp(r->upstream, upstream) == 0 &&
	       slice_equal(slice_make(r->model, r->model_len), model);
}

/* The row of the model, or else the oldest row. The lock is held. */
static struct refusal *row_for(struct usage_refusals *u, const char *upstream, struct slice model)
{
	struct refusal *oldest = u->rows;
	for (size_t i = 0; i < USAGE_REFUSALS_MOST; i++) {
		if (is_about(&u->rows[i], upstream, model))
			return &u->rows[i];
		if (u->rows[i].until_ms < oldest->until_ms)
			oldest = &u->rows[i];
	}
	return oldest;
}

void usage_refusals_add(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	struct refusal *row = row_for(u, upstream, model);
	refusal_clear(row);
	*row = (struct refusal){
	    .upstream = memory_text(upstream),
	    .model = memory_copy(model.at, model.len),
	    .model_len = model.len,
	    .until_ms = now_ms + USAGE_REFUSAL_MS,
	};
	atomic_store(&u->any, true);
	pthread_mutex_unlock(&u->lock);
}

bool usage_refusals_has(struct usage_refusals *u, const char *upstream, struct slice model,
			int64_t now_ms)
{
	if (!u || !atomic_load_explicit(&u->any, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&u->lock);
	const struct refusal *row = row_for(u, upstream, model);
	bool has = is_about(row, upstream, model) && now_ms < row->until_ms;
	pthread_mutex_unlock(&u->lock);
	return has;
}
