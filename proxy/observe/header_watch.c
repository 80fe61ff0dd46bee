/* For each name the watch counts how many of WATCH_WINDOW values set a bit that was not set before,
 * in a bitmap much larger than that number: if all values differ, 97 of 100 do (256 values in 4096
 * bits collide 256² / (2 · 4096) = 8 times). Then the window starts again. */
#include "proxy/observe/header_watch.h"

#include "base/memory.h"
#include "proxy/header/cookies.h"

#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define LOG_MODULE "key"
#include "base/log.h"

/* SLOTS names are known at one time. A name is searched in PROBES slots; if none is free, it
 * replaces the name seen least often, so that names that a client makes up do not displace those
 * that recur. */
enum { SLOTS = 64, PROBES = 4 };

enum { BITS = 4096 };

struct slot {
	uint64_t name; /* hash of the name; 0: free */
	uint64_t seen;
	unsigned in_window;
	unsigned fresh;
	bool reported; /* reported, or there is no room to report it */
	uint64_t bits[BITS / 64];
};

struct header_watch {
	struct header_watch_options options;
	struct slot slots[SLOTS];
};

struct findings {
	pthread_mutex_t mu;
	atomic_size_t count; /* written with mu held */
	struct finding at[FINDINGS_MAX];
};

/* ## Findings */

struct findings *findings_create(void)
{
	struct findings *f = memory_new(struct findings);
	pthread_mutex_init(&f->mu, NULL);
	return f;
}

void findings_destroy(struct findings **f)
{
	struct findings *gone = take(f);
	if (!gone)
		return;
	pthread_mutex_destroy(&gone->mu);
	free(gone);
}

size_t findings_count(const struct findings *f)
{
	return atomic_load_explicit(&f->count, memory_order_acquire);
}

const struct finding *findings_at(const struct findings *f, size_t index)
{
	return &f->at[index];
}

/* False: the finding is known already, or there is no room. */
static bool add_finding(struct findings *f, const struct finding *new)
{
	pthread_mutex_lock(&f->mu);
	size_t count = f->count;
	bool known = count == FINDINGS_MAX;
	for (size_t i = 0; i < count && !known; i++)
		known = strcmp(f->at[i].header, new->header) == 0 &&
			strcmp(f->at[i].cookie, new->cookie) == 0;
	if (!known) {
		f->at[count] = *new;
		atomic_store_explicit(&f->count, count + 1, memory_order_release);
	}
	pthread_mutex_unlock(&f->mu);
	return !known;
}

/* ## Values */

/* An observed name: a field, or one cookie of it. */
struct observed {
	struct slice header;
	struct slice cookie; /* len 0: none */
	const char *option;
};

/* Hashes eight bytes at a time, as wyhash does; good enough for counting. */
static uint64_t hash_bytes(uint64_t hash, struct slice bytes, uint64_t lower)
{
	while (bytes.len) {
		uint64_t word = 0;
		size_t len = bytes.len < sizeof word ? bytes.len : sizeof word;
		memcpy(&word, bytes.at, len);
		__uint128_t product = (__uint128_t)(hash ^ (word | lower)) * 0x9e3779b97f4a7c15u;
		hash = (uint64_t)product ^ (uint64_t)(product >> 64);
		bytes = slice_after(bytes, len);
	}
	return hash;
}

/* Ignores the case of a header's name; other characters that become equal do no harm. */
static uint64_t hash_name(const struct observed *o)
{
	uint64_t hash = hash_bytes(1, o->header, 0x2020202020202020u);
	return hash_bytes(hash + o->cookie.len, o->cookie, 0) | 1;
}

static struct slot *slot_of(struct header_watch *w, uint64_t name)
{
	struct slot *least = NULL;
	for (size_t i = 0; i < PROBES; i++) {
		struct slot *s = &w->slots[((name >> 32) + i) % SLOTS];
		if (s->name == name)
			return s;
		if (!least || s->seen < least->seen)
			least = s;
	}
	*least = (struct slot){.name = name};
	return least;
}

static bool is_token(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) &&
		    !memchr("!#$%&'*+-.^_`|~", text.at[i], 15))
			return false;
	return true;
}

static void report(struct header_watch *w, const struct observed *o, unsigned fresh)
{
	struct finding f = {.option = o->option};
	snprintf(f.header, sizeof f.header, "%.*s", SLICE_FMT(o->header));
	if (is_token(o->cookie))
		snprintf(f.cookie, sizeof f.cookie, "%.*s", SLICE_FMT(o->cookie));
	for (char *c = f.header; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (add_finding(w->options.findings, &f))
		log_warn("a header is part of the cache key and new in nearly every request, so "
			 "that these hardly ever hit: header=%s%s%s new=%u requests=%d option=%s",
			 f.header, *f.cookie ? " cookie=" : "", f.cookie, fresh, WATCH_WINDOW,
			 o->option);
}

static void observe(struct header_watch *w, const struct observed *o, struct slice value)
{
	struct slot *s = slot_of(w, hash_name(o));
	s->seen++;
	if (s->reported)
		return;
	uint64_t bit = hash_bytes(value.len, value, 0) % BITS, mask = 1ull << (bit % 64);
	s->fresh += !(s->bits[bit / 64] & mask);
	s->bits[bit / 64] |= mask;
	if (++s->in_window < WATCH_WINDOW)
		return;
	s->reported = s->fresh * 100 > WATCH_WINDOW * WATCH_NEW_PERCENT;
	if (s->reported)
		report(w, o, s->fresh);
	s->in_window = s->fresh = 0;
	memset(s->bits, 0, sizeof s->bits);
}

static void observe_cookies(struct header_watch *w, const struct field *f)
{
	struct cookie_walk walk = {.rest = f->value, .ignored = w->options.ignored_cookies};
	struct cookie c;
	while (cookies_next(&walk, &c)) {
		struct observed o = {f->name, c.name, "cache.ignore_cookies"};
		observe(w, &o, c.text);
	}
}

static void observe_field(struct header_watch *w, const struct field *f, struct header_mark mark)
{
	bool key = mark.bits & HEADER_API_KEY;
	struct observed o = {f->name, {0}, key ? "cache.share" : "cache.ignore_headers"};
	if (mark.filter == FILTER_COOKIE)
		observe_cookies(w, f);
	else
		observe(w, &o, f->value);
}

void header_watch_note(struct header_watch *w, const struct fields *fields,
		       const struct header_marks *marks)
{
	for (size_t i = 0; i < fields->count; i++)
		if (header_mark_counts(marks->at[i]))
			observe_field(w, &fields->at[i], marks->at[i]);
	int host = w->options.forwarded ? header_marks_host(fields, marks) : -1;
	if (host >= 0 && (marks->at[host].bits & HEADER_COUNTS)) {
		struct observed o = {fields->at[host].name, {0}, "upstream.forwarded"};
		observe(w, &o, fields->at[host].value);
	}
}

struct header_watch *header_watch_create(const struct header_watch_options *options)
{
	struct header_watch *w = memory_new(struct header_watch);
	w->options = *options;
	return w;
}

void header_watch_destroy(struct header_watch **w)
{
	free(take(w));
}
