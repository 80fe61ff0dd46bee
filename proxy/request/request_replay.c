/* Rewrites hits (replay.usage, replay.ids): a small one at once; a large stream event by event as
 * the client reads it; and a large plain answer, or a stream with a large event, in a helper while
 * the connection sleeps. */
#include "proxy/request/request_steps.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "proxy/openai/media_type.h"
#include "proxy/openai/wire/replay.h"
#include "proxy/thread_pool.h"

#include <stdlib.h>
#include <sys/random.h>

/* How many times longer fresh ids may make an answer; and up to which size a stream is rewritten at
 * once, so that its length is known. */
enum { REPLAY_TIMES = 32, REPLAYED_AT_ONCE = 256 << 10 };

/* Writes random letters and digits. */
static void draw_id(char *at, size_t len)
{
	static const char letters[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	ensure(getrandom(at, len, 0) == (ssize_t)len);
	for (size_t i = 0; i < len; i++)
		at[i] = letters[(unsigned char)at[i] % (sizeof letters - 1)];
}

bool request_rewrites(const struct request *r)
{
	const struct config *c = r->worker->config;
	return r->cache_status == CACHE_STATUS_HIT &&
	       (c->replay.usage != CONFIG_USAGE_ORIGINAL || c->replay.ids != CONFIG_IDS_ORIGINAL);
}

/* The options for replay.usage and replay.ids. Writes a random id to `id`. */
static struct replay_options replay_options_of(const struct request *r, char id[REPLAY_STREAM_ID])
{
	const struct config *c = r->worker->config;
	draw_id(id, REPLAY_STREAM_ID);
	return (struct replay_options){
	    .zero_usage = c->replay.usage == CONFIG_USAGE_ZERO,
	    .fresh_id = c->replay.ids == CONFIG_IDS_FRESH,
	    .id = slice_make(id, REPLAY_STREAM_ID),
	    .created = clock_wall_ms() / 1000,
	};
}

bool request_rewrite(const struct request *r, enum wire_form form, struct slice answer,
		     struct buf *out)
{
	char id[REPLAY_STREAM_ID];
	struct replay_options options = replay_options_of(r, id);
	return replay(form, answer, &options, out);
}

/* ## At once */

struct rewriting {
	struct job job;
	struct request *request;
	struct entry *entry;
	struct replay_options options;
	char id[REPLAY_STREAM_ID];
	struct buf result;
	bool fine; /* result is complete */
	bool over; /* the helper is done */
};

static void rewrite(struct rewriting *w)
{
	size_t len = event_log_decoded_bytes(w->entry->log);
	scoped(buf_finish) struct buf stored = buf_make(len);
	w->result = buf_make(REPLAY_TIMES * len + REPLAY_STREAM_ID);
	if (!buf_reserve(&stored, len))
		return;
	event_log_decode(w->entry->log, stored.at);
	w->fine = replay(w->entry->form, slice_make(stored.at, len), &w->options, &w->result);
}

static struct response *response_of_result(struct request *r, struct rewriting *w)
{
	size_t len = w->result.len;
	if (!w->fine)
		return NULL;
	r->bytes_out = len;
	return response_of_bytes(buf_take(&w->result), len);
}

static struct response *replay_at_once(struct request *r)
{
	struct rewriting w = {.entry = r->entry};
	w.options = replay_options_of(r, w.id);
	rewrite(&w);
	struct response *response = response_of_result(r, &w);
	buf_finish(&w.result);
	return response;
}

/* ## In a helper thread */

/* A plain answer is one event. */
static bool needs_helper(const struct request *r)
{
	return thread_pool_wants(r->worker, event_log_longest_event(r->entry->log),
				 THREAD_POOL_FROM);
}

static void work(struct job *job)
{
	rewrite(container_of(job, struct rewriting, job));
}

static void destroy(struct rewriting *w)
{
	memory_quota_give(&w->job.worker->quota, w->job.billed);
	entry_unref(&w->entry);
	buf_finish(&w->result);
	free(w);
}

static void done(struct job *job)
{
	struct rewriting *w = container_of(job, struct rewriting, job);
	if (job->given_up) {
		destroy(w);
		return;
	}
	w->over = true;
	connection_wake(w->request->http.connection);
}

bool request_rewrite_later(struct request *r)
{
	if (r->rewriting)
		return !r->rewriting->over;
	if (!needs_helper(r))
		return false;
	struct rewriting *w = r->rewriting = memory_new(struct rewriting);
	w->job = (struct job){.work = work, .done = done};
	w->job.bytes = event_log_decoded_bytes(r->entry->log);
	w->request = r;
	w->entry = entry_ref(r->entry);
	w->options = replay_options_of(r, w->id);
	thread_pool_start(r->worker, &w->job);
	return true;
}

void request_rewrite_leave(struct request *r)
{
	struct rewriting *w = take(&r->rewriting);
	if (w && w->over)
		destroy(w);
	else if (w)
		thread_pool_give_up(&w->job);
}

/* Takes the helper's result. The request pays for it until it ends. */
static struct response *response_of_helper(struct request *r)
{
	struct rewriting *w = take(&r->rewriting);
	struct response *response = response_of_result(r, w);
	r->held_bytes += w->job.billed;
	w->job.billed = 0;
	destroy(w);
	return response;
}

/* ## As the client reads */

static long pull_replay(void *context, char *at, size_t room)
{
	struct request *r = context;
	if (r->gone)
		return PULL_TORN;
	long got = replay_stream_pull(&r->replay_stream, at, room);
	if (got > 0)
		r->bytes_out += (uint64_t)got;
	r->flight_body.torn = got == PULL_TORN;
	return got;
}

static struct response *replay_streamed(struct request *r)
{
	char id[REPLAY_STREAM_ID];
	struct replay_options options = replay_options_of(r, id);
	if (!replay_stream_begin(&r->replay_stream, r->entry, &options))
		return NULL;
	return response_of_stream(r->http.connection, -1, pull_replay, r);
}

/* ## Any of these */

static bool is_replayed_streamed(const struct request *r)
{
	return r->entry->form != WIRE_PLAIN && !needs_helper(r) &&
	       event_log_decoded_bytes(r->entry->log) > REPLAYED_AT_ONCE;
}

/* How much of limits.memory rewriting takes. A helper's memory is billed separately. While
 * rewriting at once, the answer is held twice. */
static size_t rewrite_bytes(const struct request *r)
{
	size_t len = event_log_decoded_bytes(r->entry->log);
	if (is_replayed_streamed(r))
		return REPLAY_STREAM_BYTES + (size_t)RESPONSE_BLOCK;
	return needs_helper(r) ? 0 : 2 * len;
}

struct response *request_rewritten(struct request *r)
{
	if (r->rewriting)
		return response_of_helper(r);
	return is_replayed_streamed(r) ? replay_streamed(r) : replay_at_once(r);
}

/* ## Memory */

/* Only JSON contains an id or a token usage. */
bool request_is_rewritten(const struct request *r)
{
	bool json = r->entry->form != WIRE_PLAIN ||
		    media_type_is(slice_of(r->entry->content_type), "application/json");
	return json && request_rewrites(r);
}

/* The memory that a hit takes, apart from its entry, until the response is sent. */
static size_t hit_bytes(const struct request *r)
{
	if (!request_is_rewritten(r))
		return response_of_entry_bytes(r->entry);
	return rewrite_bytes(r);
}

enum step request_prepare_hit(struct request *r)
{
	return request_take_memory(r, hit_bytes(r)) ? STEP_DELIVER : request_refuse_memory(r);
}
