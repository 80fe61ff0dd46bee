#include "proxy/batch_internal.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

static void on_wake(struct reader *reader)
{
	struct request *r = container_of(reader, struct part, reader)->batch->request;
	mailbox_post(r->kit->mailbox, &r->letter);
}

static void part_finish(struct part *p)
{
	cache_leave(p->batch->request->kit->cache, &p->reader);
	entry_unref(&p->entry);
	buf_finish(&p->bytes);
}

void batch_destroy(struct batch **batch)
{
	struct batch *b = take(batch);
	if (!b)
		return;
	for (size_t i = 0; i < b->part_count; i++)
		part_finish(&b->parts[i]);
	for (size_t i = 0; i < BATCH_ROUNDS; i++)
		batch_fetch_leave(&b->fetches[i]);
	inputs_destroy(&b->inputs);
	buf_finish(&b->piece);
	free(b->parts);
	free(b->order);
	free(b);
}

/* ## IDENTIFY: the parts and their names */

/* Finds parts by name: slots of part numbers plus one, at most half of them taken. */
struct finder {
	uint32_t *slots;
	size_t mask;
};

static struct finder finder_make(size_t count)
{
	size_t room = 4;
	while (room < 2 * count)
		room *= 2;
	return (struct finder){memory_zeroed(room * sizeof(uint32_t)), room - 1};
}

/* The part of this name, which is a new one if there is none. */
static uint32_t find_part(struct batch *b, struct finder *f, const struct name *name)
{
	size_t at = name->fingerprint[0] & f->mask;
	for (; f->slots[at]; at = (at + 1) & f->mask)
		if (name_equal(&b->parts[f->slots[at] - 1].name, name))
			return f->slots[at] - 1;
	uint32_t number = (uint32_t)b->part_count++;
	f->slots[at] = number + 1;
	b->parts[number].name = *name;
	return number;
}

static void add_input(struct batch *b, struct finder *f, uint32_t input, const struct name *name)
{
	size_t before = b->part_count;
	b->order[input] = find_part(b, f, name);
	if (b->part_count == before)
		return;
	struct part *p = &b->parts[b->order[input]];
	p->batch = b;
	p->input = input;
	p->reader.wake = on_wake;
	p->bytes = buf_make(BATCH_ANSWER);
}

/* kit->form holds the form of what all inputs share, kit->scope the scope. */
static bool name_inputs(struct batch *b)
{
	struct kit *kit = b->request->kit;
	size_t count = inputs_count(b->inputs);
	size_t shared = kit->form.len;
	struct finder finder = finder_make(count);
	bool fine = true;
	for (uint32_t i = 0; fine && i < count; i++) {
		struct name name;
		kit->form.len = shared;
		fine = inputs_form(b->inputs, i, kit->canonical, &kit->form);
		namer_name(kit->namer, buf_slice(&kit->scope), buf_slice(&kit->form), &name);
		if (fine)
			add_input(b, &finder, i, &name);
	}
	free(finder.slots);
	return fine;
}

/* What is left out of a request's name, and what its inputs share without. */
static const char **ignored(const struct ask_options *options, size_t *ret_count)
{
	size_t apart = 0;
	while (inputs_apart[apart])
		apart++;
	const char **names = memory_zeroed((options->ignore_count + apart) * sizeof *names);
	for (size_t i = 0; i < options->ignore_count; i++)
		names[i] = options->ignore[i];
	for (size_t i = 0; i < apart; i++)
		names[options->ignore_count + i] = inputs_apart[i];
	*ret_count = options->ignore_count + apart;
	return names;
}

static bool read_shared(struct request *r, const struct ask_options *options)
{
	struct kit *kit = r->kit;
	struct ask_options shared = *options;
	const char **names = ignored(options, &shared.ignore_count);
	shared.ignore = names;
	ask_read(r->endpoint, kit->canonical, buf_slice(&r->upload->held), &shared, &kit->form,
		 &r->ask);
	free(names);
	return r->ask.verdict == VERDICT_FINE && request_scope(r);
}

static struct batch *batch_create(struct request *r, struct inputs *inputs)
{
	struct batch *b = memory_new(struct batch);
	size_t count = inputs_count(inputs);
	b->request = r;
	b->inputs = inputs;
	b->parts = memory_zeroed(count * sizeof *b->parts);
	b->order = memory_zeroed(count * sizeof *b->order);
	return b;
}

/* llama.cpp's own /embedding and /embeddings answer in a shape of their own. */
static bool may_be_batch(const struct request *r)
{
	return slice_is(r->path, "/v1/embeddings") && r->endpoint && r->upload &&
	       !r->controls.no_store;
}

bool batch_identify(struct request *r, const struct ask_options *options)
{
	struct inputs *inputs = may_be_batch(r) ? inputs_read(buf_slice(&r->upload->held)) : NULL;
	if (!inputs)
		return false;
	r->batch = batch_create(r, inputs);
	bool fine = read_shared(r, options) && name_inputs(r->batch);
	buf_clear(&r->kit->form);
	if (!fine)
		batch_destroy(&r->batch);
	return fine;
}

/* ## OPEN: an entry, somebody's flight, or one of our own for each part */

static void on_over(void *context)
{
	struct request *r = context;
	reply_wake(&r->reply);
}

/* False: it is not in the cache, and nothing else is asked for. */
static bool open_part(struct part *p, int64_t now_ms)
{
	struct request *r = p->batch->request;
	struct cache_question question = {
	    .name = p->name,
	    .form = WIRE_PLAIN,
	    .asks = WIRE_PLAIN,
	    .max_age_ms = r->controls.max_age_ms,
	    .only_cached = r->controls.only_if_cached,
	};
	p->round = (unsigned char)p->batch->round;
	switch (cache_open(r->kit->cache, &question, &p->reader, now_ms, &p->entry)) {
	case CACHE_HIT:
		p->state = STATE_KNOWN;
		return true;
	case CACHE_JOINED:
		p->state = STATE_JOINED;
		return true;
	case CACHE_LED:
		p->state = STATE_LED;
		return true;
	case CACHE_ABSENT:
		break;
	}
	return false;
}

/* For who wants a fresh answer all parts are to be asked for, and nobody joins. */
static bool open_parts(struct batch *b)
{
	bool fresh = b->request->controls.no_cache;
	int64_t now_ms = clock_ms();
	for (size_t i = 0; i < b->part_count; i++) {
		struct part *p = &b->parts[i];
		if (p->state != STATE_WANTED)
			continue;
		if (fresh)
			p->state = STATE_LED;
		else if (!open_part(p, now_ms))
			return false;
	}
	return true;
}

static bool is_led_now(const struct part *p)
{
	return p->state == STATE_LED && p->round == p->batch->round;
}

/* The client's own body, when all of it is to be asked for. */
static struct upload *upload_of(struct batch *b, size_t led)
{
	struct upload *own = b->request->upload;
	b->whole = led == inputs_count(b->inputs);
	if (b->whole)
		return upload_ref(own);
	uint32_t *which = memory_zeroed(led * sizeof *which);
	size_t count = 0;
	for (size_t i = 0; i < b->part_count; i++)
		if (is_led_now(&b->parts[i]))
			which[count++] = b->parts[i].input;
	/* A list in place of one text has two brackets more. */
	struct upload *part = upload_create(false, own->held.len + 2);
	if (!inputs_body(b->inputs, which, count, &part->held))
		upload_unref(&part);
	else
		upload_end(part, false);
	free(which);
	return part;
}

static size_t list_led(struct batch *b, struct batch_input *inputs)
{
	size_t count = 0;
	for (size_t i = 0; i < b->part_count; i++) {
		struct part *p = &b->parts[i];
		if (!is_led_now(p))
			continue;
		p->index = (uint32_t)count;
		inputs[count++] = (struct batch_input){p->name, p->reader.flight};
	}
	return count;
}

/* Every flight that was led has its producer from here, whatever happens. */
static enum step start(struct batch *b, struct batch_input *inputs, size_t led)
{
	struct request *r = b->request;
	scoped(buf_finish) struct buf lines = {0};
	scoped(upload_unref) struct upload *upload = upload_of(b, led);
	if (!upload || !request_lines(r, &lines)) {
		for (size_t i = 0; i < led; i++)
			if (inputs[i].flight)
				cache_fail(r->kit->cache, inputs[i].flight, FAILURE_NO_MEMORY,
					   "a batch found no room");
		return request_refuse(r, FAILURE_NO_MEMORY, NULL);
	}
	r->opened_us = clock_us();
	b->fetches[b->round] = batch_fetch_start(r->kit, &(struct batch_order){
							     .target = slice_of(r->target),
							     .lines = buf_slice(&lines),
							     .upload = upload,
							     .inputs = inputs,
							     .count = led,
							     .on_over = on_over,
							     .context = r,
							 });
	return STEP_AWAIT;
}

static enum step start_led(struct batch *b)
{
	struct batch_input *inputs = memory_zeroed(b->part_count * sizeof *inputs);
	size_t led = list_led(b, inputs);
	enum step next = led ? start(b, inputs, led) : STEP_AWAIT;
	free(inputs);
	return next;
}

static bool has_any(const struct batch *b, enum part_state state)
{
	for (size_t i = 0; i < b->part_count; i++)
		if (b->parts[i].state == state)
			return true;
	return false;
}

static enum cache_part part_of(const struct batch *b)
{
	if (b->request->controls.no_cache)
		return PART_BYPASS;
	if (has_any(b, STATE_LED))
		return PART_MISS;
	return has_any(b, STATE_JOINED) ? PART_JOIN : PART_HIT;
}

enum step batch_open(struct request *r)
{
	if (r->controls.no_cache && r->controls.only_if_cached)
		return request_refuse(r, FAILURE_NOT_CACHED, NULL);
	if (!open_parts(r->batch))
		return request_refuse(r, FAILURE_NOT_CACHED, NULL);
	r->part = part_of(r->batch);
	return r->part == PART_HIT ? STEP_DELIVER : start_led(r->batch);
}

/* ## AWAIT: until all parts are there */

static enum step sleep_on(struct request *r)
{
	return reply_sleep(&r->reply) ? STEP_WAIT : STEP_DROP;
}

/* The whole, for nobody else, as the upstream has it. */
static enum step ask_whole(struct request *r)
{
	batch_destroy(&r->batch);
	r->part = PART_MISS;
	return request_ask_whole(r);
}

/* What is to be done about a fetch that is over; STEP_AWAIT: go on. */
static enum step see_fetch(struct batch *b, const struct batch_end *end)
{
	struct request *r = b->request;
	if (!r->headed_us)
		r->headed_us = clock_us();
	if (r->part == PART_MISS)
		r->verdict = end->failure ? VERDICT_UPSTREAM_FAILED : end->verdict;
	if (end->failure)
		return request_refuse(r, end->failure, end->reason);
	if (end->outgrown)
		return ask_whole(r);
	if (!request_has_room(r, end->head))
		return request_refuse(r, FAILURE_TORN, "its head does not fit into limits.headers");
	if (b->whole || end->head->status != 200)
		return STEP_DELIVER;
	return end->verdict == VERDICT_FINE ? STEP_AWAIT : ask_whole(r);
}

static bool read_bytes(struct part *p, size_t total)
{
	if (!buf_reserve(&p->bytes, total))
		return false;
	p->bytes.len = flight_copy(&p->reader, p->bytes.at, total);
	return p->bytes.len > 0;
}

/* What has become of a part that was joined. STEP_OPEN: it has to be asked for again. */
static enum step see_joined(struct part *p)
{
	struct request *r = p->batch->request;
	if (p->bytes.len)
		return STEP_AWAIT;
	struct flight_news news = flight_look(&p->reader, AWAITS_END);
	if (!news.arrived)
		return STEP_WAIT;
	if (news.state == FLIGHT_DONE)
		return read_bytes(p, news.total) ? STEP_AWAIT
						 : request_refuse(r, FAILURE_NO_MEMORY, NULL);
	if (news.reason_code != FAILURE_NONE) {
		r->verdict = VERDICT_UPSTREAM_FAILED;
		return request_refuse(r, (enum failure)news.reason_code, news.reason);
	}
	cache_leave(r->kit->cache, &p->reader);
	p->state = STATE_WANTED;
	return STEP_OPEN;
}

/* STEP_WAIT: not all are there yet. STEP_AWAIT: all are, or to be asked for again. */
static enum step see_all_joined(struct batch *b)
{
	for (size_t i = 0; i < b->part_count; i++) {
		if (b->parts[i].state != STATE_JOINED)
			continue;
		enum step next = see_joined(&b->parts[i]);
		if (next != STEP_AWAIT && next != STEP_OPEN)
			return next;
	}
	return STEP_AWAIT;
}

static enum step ask_again(struct batch *b)
{
	struct request *r = b->request;
	if (++b->round == BATCH_ROUNDS)
		return ask_whole(r);
	open_parts(b);
	r->part = part_of(b);
	return start_led(b);
}

enum step batch_await(struct request *r)
{
	struct batch *b = r->batch;
	struct batch_fetch *fetch = b->fetches[b->round];
	if (fetch) {
		struct batch_end end = batch_fetch_end(fetch);
		enum step next = end.over ? see_fetch(b, &end) : sleep_on(r);
		if (next != STEP_AWAIT || r->batch != b)
			return next;
	}
	enum step next = see_all_joined(b);
	if (next == STEP_WAIT)
		return sleep_on(r);
	if (next != STEP_AWAIT)
		return next;
	return has_any(b, STATE_WANTED) ? ask_again(b) : STEP_DELIVER;
}
