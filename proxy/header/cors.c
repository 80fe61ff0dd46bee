#include "proxy/header/cors.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* The table is set-associative: in a full set the least recently used row is replaced. */
enum { SETS = 256, WAYS = 4 };

/* A row is about one origin, or about any origin. */
enum kind {
	KIND_ANSWER,	/* from a response to the origin */
	KIND_PREFLIGHT, /* from a response to its preflight */
	KIND_ANY,	/* from responses to any origin */
};

/* Values of `allow` in rows of KIND_ANY. */
static const char star[] = "*";	  /* the upstream permits every origin with "*" */
static const char mirror[] = "&"; /* the upstream returns any origin */
static const char echo[] = "?";	  /* the upstream returned one origin, and may not return another */

enum { KEY = CORS_PATH + CORS_ORIGIN + 4 };

struct row {
	char *key; /* NULL: the row is free */
	char *allow;
	char *expose;
	bool credentials;
	uint64_t used;
};

struct cors {
	pthread_mutex_t lock;
	uint64_t seed; /* constant */
	uint64_t clock;
	atomic_bool stars; /* some row has `star` */
	struct row rows[SETS][WAYS];
};

struct cors *cors_create(void)
{
	struct cors *c = memory_new(struct cors);
	pthread_mutex_init(&c->lock, NULL);
	ensure(getrandom(&c->seed, sizeof c->seed, 0) == sizeof c->seed);
	return c;
}

static void row_clear(struct row *row)
{
	free(row->key);
	free(row->allow);
	free(row->expose);
	*row = (struct row){0};
}

void cors_destroy(struct cors **c)
{
	struct cors *gone = take(c);
	if (!gone)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++)
			row_clear(&gone->rows[i][k]);
	pthread_mutex_destroy(&gone->lock);
	free(gone);
}

/* ## Requests */

/* One word of printable ASCII; this includes "null" (Fetch standard, §3.2.1). */
static bool is_origin(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] <= ' ' || s.at[i] > '~' || s.at[i] == ',')
			return false;
	return s.len > 0 && s.len < CORS_ORIGIN && !slice_is(s, star);
}

/* Fetch standard, §2.2.2 "CORS-safelisted request-header": these types need no preflight. */
static bool is_safelisted_type(struct slice type)
{
	type = slice_trim(slice_cut(&type, ';'));
	return type.len == 0 || slice_is_nocase(type, "text/plain") ||
	       slice_is_nocase(type, "multipart/form-data") ||
	       slice_is_nocase(type, "application/x-www-form-urlencoded");
}

/* Browsers add Authorization: Basic by themselves, but no other scheme. */
static bool needs_preflight(const struct field *f)
{
	if (slice_is_nocase(f->name, "Content-Type"))
		return !is_safelisted_type(f->value);
	if (!field_is_api_key(f->name))
		return false;
	struct slice scheme = f->value;
	return !slice_is_nocase(f->name, "Authorization") ||
	       slice_is_nocase(slice_cut(&scheme, ' '), "Bearer");
}

struct cors_request cors_request(struct slice path, const struct fields *fields)
{
	static const struct slice origin = SLICE("Origin");
	struct cors_request r = {.path = path, .origin = fields_first(fields, origin)};
	if (r.origin.len == 0)
		return r;
	if (!is_origin(r.origin) || path.len >= CORS_PATH || fields_count(fields, origin) > 1)
		r.origin = slice_of("");
	for (size_t i = 0; i < fields->count; i++) {
		r.cookie |= slice_is_nocase(fields->at[i].name, "Cookie");
		r.preflighted |= needs_preflight(&fields->at[i]);
	}
	return r;
}

bool cors_is_preflight(struct slice method, const struct fields *fields)
{
	return slice_is(method, "OPTIONS") && fields_count(fields, slice_of("Origin")) == 1 &&
	       fields_count(fields, slice_of("Access-Control-Request-Method")) == 1;
}

/* ## Rows. The caller holds the lock. */

static const char *write_key(char at[KEY], enum kind kind, const struct cors_request *r)
{
	static const struct slice nobody = SLICE("");
	const struct slice *origin = kind == KIND_ANY ? &nobody : &r->origin;
	bool cookie = kind != KIND_PREFLIGHT && r->cookie;
	snprintf(at, KEY, "%d%d%.*s %.*s", kind, cookie, SLICE_FMT(r->path), SLICE_FMT(*origin));
	return at;
}

/* FNV-1a with a secret seed. */
static struct row *set_of(struct cors *c, const char *key)
{
	uint64_t hash = c->seed;
	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
	return c->rows[(hash ^ (hash >> 32)) % SETS];
}

static struct row *find(struct cors *c, enum kind kind, const struct cors_request *r)
{
	char key[KEY];
	write_key(key, kind, r);
	struct row *set = set_of(c, key);
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].key && strcmp(set[i].key, key) == 0) {
			set[i].used = ++c->clock;
			return &set[i];
		}
	return NULL;
}

static void forget(struct cors *c, enum kind kind, const struct cors_request *r)
{
	struct row *row = find(c, kind, r);
	if (row)
		row_clear(row);
}

static void put(struct cors *c, enum kind kind, const struct cors_request *r,
		const struct row *what)
{
	char key[KEY];
	forget(c, kind, r);
	struct row *set = set_of(c, write_key(key, kind, r));
	struct row *oldest = set;
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	row_clear(oldest);
	*oldest = (struct row){
	    .key = memory_text(key),
	    .allow = memory_text(what->allow),
	    .expose = memory_text(what->expose),
	    .credentials = what->credentials,
	    .used = ++c->clock,
	};
	if (strcmp(what->allow, star) == 0)
		atomic_store(&c->stars, true);
}

/* ## Finding */

static struct cors_grant grant(const struct row *row, struct slice allow)
{
	struct cors_grant g = {.known = true, .credentials = row->credentials && allow.len};
	snprintf(g.allow, sizeof g.allow, "%.*s", SLICE_FMT(allow));
	snprintf(g.expose, sizeof g.expose, "%s", row->expose);
	return g;
}

static struct cors_grant find_for_origin(struct cors *c, const struct cors_request *r)
{
	struct row *row = find(c, KIND_ANSWER, r);
	if (row)
		return grant(row, slice_of(row->allow));
	struct row *any = find(c, KIND_ANY, r);
	if (any && strcmp(any->allow, star) == 0)
		return grant(any, slice_of(star));
	if (any && strcmp(any->allow, mirror) == 0)
		return grant(any, r->origin);
	row = find(c, KIND_PREFLIGHT, r);
	if (row)
		return grant(row, slice_of(row->allow));
	static const struct row nothing = {.expose = ""};
	if (r->preflighted)
		return grant(any ? any : &nothing, r->origin);
	return (struct cors_grant){.known = false};
}

/* For requests without an origin; some servers send "*" with these too. */
static struct cors_grant find_for_none(struct cors *c, const struct cors_request *r)
{
	struct row *any = find(c, KIND_ANY, r);
	return any && strcmp(any->allow, star) == 0 ? grant(any, slice_of(star))
						    : (struct cors_grant){.known = true};
}

struct cors_grant cors_find(struct cors *c, const struct cors_request *r)
{
	if (r->origin.len == 0 && (!c || !atomic_load_explicit(&c->stars, memory_order_relaxed) ||
				   r->path.len >= CORS_PATH))
		return (struct cors_grant){.known = true};
	if (!c)
		return (struct cors_grant){.known = false};
	pthread_mutex_lock(&c->lock);
	struct cors_grant g = r->origin.len ? find_for_origin(c, r) : find_for_none(c, r);
	pthread_mutex_unlock(&c->lock);
	return g;
}

/* ## Learning */

struct said {
	bool once; /* there is exactly one Access-Control-Allow-Origin */
	struct slice allow;
	bool credentials;
	char expose[CORS_EXPOSE];
};

static void read_expose(const struct fields *fields, char at[CORS_EXPOSE])
{
	struct slice name = slice_of("Access-Control-Expose-Headers");
	struct slice list = fields_first(fields, name);
	bool fits = list.len < CORS_EXPOSE && fields_count(fields, name) == 1;
	snprintf(at, CORS_EXPOSE, "%.*s", fits ? (int)list.len : 0, list.at);
}

static struct said read_head(const struct head *head)
{
	static const struct slice allow = SLICE("Access-Control-Allow-Origin");
	const struct fields *f = &head->fields;
	struct said s = {
	    .once = fields_count(f, allow) == 1,
	    .allow = fields_first(f, allow),
	    .credentials =
		slice_is(fields_first(f, slice_of("Access-Control-Allow-Credentials")), "true"),
	};
	read_expose(f, s.expose);
	return s;
}

static void put_said(struct cors *c, enum kind kind, const struct cors_request *r,
		     const struct said *said, const char *allow)
{
	struct row row = {
	    .allow = (char *)allow,
	    .expose = (char *)said->expose,
	    .credentials = said->credentials,
	};
	put(c, kind, r, &row);
}

/* For a response to an origin that does not say "*". */
static void learn_origin(struct cors *c, const struct cors_request *r, const struct said *said)
{
	char allow[CORS_ORIGIN];
	bool permitted = said->once && slice_equal(said->allow, r->origin);
	snprintf(allow, sizeof allow, "%.*s", permitted ? (int)r->origin.len : 0, r->origin.at);
	struct row *any = find(c, KIND_ANY, r);
	bool mirrors = any && strcmp(any->allow, mirror) == 0;
	if (!permitted)
		forget(c, KIND_ANY, r);
	else if (!mirrors)
		put_said(c, KIND_ANY, r, said, echo);
	put_said(c, KIND_ANSWER, r, said, allow);
}

static void learn(struct cors *c, const struct cors_request *r, const struct said *said)
{
	if (said->once && slice_is(said->allow, star)) {
		forget(c, KIND_ANSWER, r);
		put_said(c, KIND_ANY, r, said, star);
	} else if (r->origin.len) {
		learn_origin(c, r, said);
	} else if (said->once && said->allow.len == 0) {
		put_said(c, KIND_ANY, r, said, mirror);
	}
}

static bool teaches(const struct cors *c, const struct cors_request *r, const struct head *head)
{
	return c && head->status >= 200 && head->status < 300 && r->path.len < CORS_PATH;
}

void cors_learn(struct cors *c, const struct cors_request *r, const struct head *head)
{
	if (!teaches(c, r, head))
		return;
	struct said said = read_head(head);
	/* Nearly all responses to clients that are not browsers. */
	if (r->origin.len == 0 && !said.once)
		return;
	pthread_mutex_lock(&c->lock);
	learn(c, r, &said);
	pthread_mutex_unlock(&c->lock);
}

/* Forgets what was learned from responses to this origin, where the preflight says otherwise. */
static void forget_if(struct cors *c, const struct cors_request *r, bool permits)
{
	struct row *row = find(c, KIND_ANSWER, r);
	if (row && (row->allow[0] != 0) == permits)
		row_clear(row);
}

/* A preflight may be refused for its method or its fields alone, so what the origin may read has to
 * be learned anew. */
void cors_learn_preflight(struct cors *c, const struct cors_request *r, const struct head *head)
{
	if (!c || r->origin.len == 0)
		return;
	struct said said = read_head(head);
	bool any = said.once && slice_is(said.allow, star);
	bool permitted =
	    teaches(c, r, head) && said.once && (any || slice_equal(said.allow, r->origin));
	char allow[CORS_ORIGIN];
	snprintf(allow, sizeof allow, "%.*s", SLICE_FMT(said.allow));
	/* Preflights have no cookies; their responses hold for requests with and without
	 * cookies. */
	struct cors_request with = *r, without = *r;
	with.cookie = true;
	without.cookie = false;
	pthread_mutex_lock(&c->lock);
	if (permitted)
		put_said(c, KIND_PREFLIGHT, r, &said, allow);
	else
		forget(c, KIND_PREFLIGHT, r);
	forget_if(c, &with, !permitted);
	forget_if(c, &without, !permitted);
	pthread_mutex_unlock(&c->lock);
}
