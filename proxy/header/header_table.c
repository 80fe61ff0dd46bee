/* Rows are in an open-addressing hash table. Hashing a name also yields the hashes of its prefixes
 * up to each hyphen, by which families are found in the same table. */
#include "proxy/header/header_table.h"

#include "base/ensure.h"
#include "base/glob.h"
#include "base/memory.h"
#include "proxy/header/compat_headers.h"

#include <stdlib.h>

/* The kind of a row, before upstream.forwarded is applied. */
enum kind {
	KIND_IGNORED,
	KIND_COUNTS,
	KIND_FRONT,
	KIND_WHERE,
	KIND_WHO,
	KIND_WHO_FRONT,
	KIND_API_KEY,
	KIND_DIGEST,
	KIND_WRITTEN,
	KIND_HOST,
};

static const struct built_in {
	struct slice name;
	enum kind kind;
	enum header_filter filter;
} built_in[] = {
#define PARTLY(name, kind, filter) {SLICE(name), KIND_##kind, FILTER_##filter},
#define COUNTS(name) PARTLY(name, COUNTS, NONE)
#define IGNORED(name) PARTLY(name, IGNORED, NONE)
#define FRONT(name) PARTLY(name, FRONT, NONE)
#define WHERE(name) PARTLY(name, WHERE, NONE)
#define WHO(name) PARTLY(name, WHO, NONE)
#define WHO_FRONT(name) PARTLY(name, WHO_FRONT, NONE)
#define API_KEY(name) PARTLY(name, API_KEY, NONE)
#define DIGEST(name) PARTLY(name, DIGEST, NONE)
#define WRITTEN(name) PARTLY(name, WRITTEN, NONE)
#define HOST(name) PARTLY(name, HOST, NONE)
#include "proxy/header/header_table.def"
};

/* A field whose name ends like this carries a credential, whichever server defines it:
 * X-License-Key, X-Auth-Token, Cf-Aig-Authorization, Helicone-Auth ... */
static const struct slice credentials[] = {
    SLICE("authorization"), SLICE("auth"),	  SLICE("key"),		SLICE("secret"),
    SLICE("token"),	    SLICE("credential"),  SLICE("password"),	SLICE("jwt"),
    SLICE("assertion"),	    SLICE("client-cert"), SLICE("client-s-dn"), SLICE("client-dn"),
};

/* Keys that are no credentials. */
static const struct slice other_keys[] = {
    SLICE("idempotency-key"),
    SLICE("cache-key"),
    SLICE("routing-key"),
    SLICE("partition-key"),
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct row {
	struct slice name; /* in lower case, with hyphens; at == NULL: an empty slot */
	uint32_t hash;
	struct header_mark mark;
};

struct header_table {
	struct row *slots;
	size_t mask;
	char **owned; /* names of cache.ignore_headers, in lower case */
	size_t owned_count;
	struct slice *globs; /* the owned names that are globs */
	size_t glob_count;
	bool forwarded;
	bool compat;
};

/* ## Names */

static char normal_letter(char c)
{
	unsigned letter = (unsigned char)c;
	letter += (unsigned)(letter - 'A' < 26u) << 5;
	return letter == '_' ? '-' : (char)letter;
}

enum { NAME_MAX_LEN = 256, HYPHENS = 8 };

/* A name in lower case with hyphens, and the hashes (FNV-1a) of the name and of its prefixes, each
 * up to and including a hyphen. No row has a longer name than NAME_MAX_LEN; of such names only the
 * prefixes are used. */
struct normal_name {
	struct slice name;
	uint32_t hash;
	unsigned prefixes;
	struct {
		size_t len;
		uint32_t hash;
	} prefix[HYPHENS];
	char letters[NAME_MAX_LEN];
};

static void read_name(struct slice name, struct normal_name *ret)
{
	uint32_t hash = 0x811c9dc5;
	size_t len = name.len < NAME_MAX_LEN ? name.len : NAME_MAX_LEN;
	ret->name = slice_make(ret->letters, len);
	ret->prefixes = 0;
	for (size_t i = 0; i < len; i++) {
		char c = normal_letter(name.at[i]);
		ret->letters[i] = c;
		hash = (hash ^ (uint8_t)c) * 16777619u;
		if (c != '-' || ret->prefixes == HYPHENS)
			continue;
		ret->prefix[ret->prefixes].len = i + 1;
		ret->prefix[ret->prefixes++].hash = hash;
	}
	ret->hash = hash;
}

static bool ends_among(struct slice name, const struct slice *ends, size_t count)
{
	char last = name.len ? name.at[name.len - 1] : 0;
	for (size_t i = 0; i < count; i++)
		if (ends[i].at[ends[i].len - 1] == last && ends[i].len <= name.len &&
		    slice_equal(slice_after(name, name.len - ends[i].len), ends[i]))
			return true;
	return false;
}

static bool is_credential(struct slice name)
{
	return ends_among(name, credentials, COUNT(credentials)) &&
	       !ends_among(name, other_keys, COUNT(other_keys));
}

/* The row of this name, or the empty slot where it belongs. */
static struct row *slot_of(const struct header_table *t, struct slice name, uint32_t hash)
{
	for (size_t at = hash & t->mask;; at = (at + 1) & t->mask) {
		struct row *row = &t->slots[at];
		if (!row->name.at || (row->hash == hash && slice_equal(name, row->name)))
			return row;
	}
}

/* The row of the longest family that the name belongs to; NULL: it belongs to none. */
static const struct row *family_of(const struct header_table *t, const struct normal_name *plain)
{
	for (unsigned i = plain->prefixes; i > 0; i--) {
		struct slice prefix = slice_make(plain->letters, plain->prefix[i - 1].len);
		const struct row *row = slot_of(t, prefix, plain->prefix[i - 1].hash);
		if (row->name.at)
			return row;
	}
	return NULL;
}

/* ## Looking up */

static bool fits_glob(const struct header_table *t, struct slice plain)
{
	for (size_t i = 0; i < t->glob_count; i++)
		if (glob_match(t->globs[i], plain))
			return true;
	return false;
}

/* The mark of a name without its own row. The globs of cache.ignore_headers take a field out of the
 * key, but never one that says who asks. */
static struct header_mark mark_of_other(const struct header_table *t,
					const struct normal_name *plain, struct slice name)
{
	const struct row *family = family_of(t, plain);
	struct header_mark mark = {.bits = HEADER_COUNTS};
	bool whole = name.len == plain->name.len;
	struct normal_name end;
	if (family)
		mark = family->mark;
	if (!whole)
		read_name(slice_after(name, name.len - NAME_MAX_LEN), &end);
	if (is_credential(whole ? plain->name : end.name))
		mark.bits |= HEADER_WHO | HEADER_COUNTS;
	else if (!(mark.bits & HEADER_WHO) && whole && fits_glob(t, plain->name))
		mark.bits &= (uint8_t)~HEADER_COUNTS;
	return mark;
}

struct header_mark header_table_find(const struct header_table *t, struct slice name)
{
	struct normal_name plain;
	read_name(name, &plain);
	const struct row *row = slot_of(t, plain.name, plain.hash);
	bool own = row->name.at && name.len == plain.name.len;
	return own ? row->mark : mark_of_other(t, &plain, name);
}

void header_table_mark(const struct header_table *t, const struct fields *fields,
		       struct header_marks *ret_marks)
{
	bool named[FIELDS_MAX];
	bool some = fields_named_by_connection(fields, named);
	for (size_t i = 0; i < fields->count; i++) {
		struct header_mark mark = header_table_find(t, fields->at[i].name);
		if (some && named[i])
			mark.bits |= HEADER_HOP;
		if (compat_header_is(fields->at[i].name, t->compat))
			mark = (struct header_mark){.bits = HEADER_STAYS};
		ret_marks->at[i] = mark;
	}
}

bool header_table_tells_apart(const struct header_table *t, struct slice name)
{
	struct header_mark mark = header_table_find(t, name);
	if (mark.bits & HEADER_COUNTS)
		return mark.filter == FILTER_NONE || mark.filter == FILTER_CONTENT_TYPE ||
		       mark.filter == FILTER_COOKIE;
	return (mark.bits & (HEADER_STAYS | HEADER_HOP)) && !(mark.bits & HEADER_WRITTEN);
}

/* ## Create */

static uint8_t bits_of(enum kind kind, bool forwarded)
{
	uint8_t front = forwarded ? 0 : HEADER_STAYS;
	switch (kind) {
	case KIND_IGNORED:
		return 0;
	case KIND_COUNTS:
		return HEADER_COUNTS;
	case KIND_FRONT:
		return front;
	case KIND_WHERE:
		return forwarded ? HEADER_COUNTS : HEADER_STAYS;
	case KIND_WHO:
		return HEADER_COUNTS | HEADER_WHO;
	case KIND_WHO_FRONT:
		return HEADER_COUNTS | HEADER_WHO | front;
	case KIND_API_KEY:
		return HEADER_COUNTS | HEADER_WHO | HEADER_API_KEY;
	case KIND_DIGEST:
		return HEADER_DIGEST;
	case KIND_WRITTEN:
		return HEADER_STAYS | HEADER_WRITTEN;
	case KIND_HOST:
		return HEADER_COUNTS | HEADER_STAYS | HEADER_WRITTEN;
	}
	ensure(false);
	return 0;
}

/* Returns the row for a normalized name of at most NAME_MAX_LEN bytes, inserting it if needed. */
static struct row *insert(struct header_table *t, struct slice name)
{
	struct normal_name plain;
	read_name(name, &plain);
	struct row *row = slot_of(t, name, plain.hash);
	if (!row->name.at)
		*row = (struct row){name, plain.hash, {.bits = HEADER_COUNTS}};
	return row;
}

/* A normalized copy, which the table owns. */
static struct slice own_normalized(struct header_table *t, struct slice name)
{
	char *own = memory_copy(name.at, name.len);
	for (size_t i = 0; i < name.len; i++)
		own[i] = normal_letter(own[i]);
	t->owned[t->owned_count++] = own;
	return slice_make(own, name.len);
}

static void insert_built_in(struct header_table *t)
{
	for (size_t i = 0; i < COUNT(built_in); i++) {
		struct row *row = insert(t, built_in[i].name);
		row->mark.bits = bits_of(built_in[i].kind, t->forwarded);
		row->mark.filter = (uint8_t)built_in[i].filter;
	}
	for (size_t i = 0; i < hop_by_hop_count; i++) {
		struct slice name = own_normalized(t, hop_by_hop[i]);
		insert(t, name)->mark.bits = HEADER_HOP;
	}
}

/* A configured name that ends with a hyphen is treated like a glob, since as a row it would be a
 * family. */
static bool is_glob(struct slice name)
{
	return name.at[name.len - 1] == '-' || memchr(name.at, '*', name.len) ||
	       memchr(name.at, '?', name.len);
}

static void insert_ignored(struct header_table *t, const char *text)
{
	struct slice name = own_normalized(t, slice_of(text));
	if (name.len == 0)
		return;
	if (is_glob(name)) {
		t->globs[t->glob_count++] = name;
		return;
	}
	struct header_mark mark = header_table_find(t, name);
	mark.bits &= (uint8_t)~HEADER_COUNTS;
	insert(t, name)->mark = mark;
}

/* Applies the globs to the rows of names, so that lookups need not. Rows of families are left: the
 * globs are applied to each of their names at lookup. */
static void apply_globs(struct header_table *t)
{
	for (size_t i = 0; i <= t->mask; i++) {
		struct row *row = &t->slots[i];
		bool family = row->name.at && row->name.at[row->name.len - 1] == '-';
		if (row->name.at && !family && !(row->mark.bits & HEADER_WHO) &&
		    fits_glob(t, row->name))
			row->mark.bits &= (uint8_t)~HEADER_COUNTS;
	}
}

struct header_table *header_table_create(const struct header_table_options *options)
{
	struct header_table *t = memory_new(struct header_table);
	const struct config_list *ignored = options->ignore;
	size_t rows = COUNT(built_in) + hop_by_hop_count + ignored->count, room = 64;
	while (room < 3 * rows)
		room *= 2;
	t->slots = memory_zeroed(room * sizeof *t->slots);
	t->mask = room - 1;
	t->owned = memory_zeroed((hop_by_hop_count + ignored->count) * sizeof *t->owned);
	t->globs = memory_zeroed((ignored->count + 1) * sizeof *t->globs);
	t->forwarded = options->forwarded;
	t->compat = options->compat;
	insert_built_in(t);
	for (size_t i = 0; i < ignored->count; i++)
		insert_ignored(t, ignored->items[i]);
	apply_globs(t);
	return t;
}

void header_table_destroy(struct header_table **t)
{
	struct header_table *gone = take(t);
	if (!gone)
		return;
	for (size_t i = 0; i < gone->owned_count; i++)
		free(gone->owned[i]);
	free(gone->owned);
	free(gone->globs);
	free(gone->slots);
	free(gone);
}

int header_marks_host(const struct fields *fields, const struct header_marks *marks)
{
	int host = -1;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *f = &fields->at[i];
		bool written = marks->at[i].bits & HEADER_WRITTEN;
		if (!written || f->value.len == 0 || marks->at[i].bits & HEADER_HOP)
			continue;
		if (slice_is_nocase(f->name, "X-Forwarded-Host"))
			return (int)i;
		if (host < 0 && slice_is_nocase(f->name, "Host"))
			host = (int)i;
	}
	return host;
}
