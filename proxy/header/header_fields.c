#include "proxy/header/header_fields.h"

#include "base/memory.h"

#include <stdlib.h>

/* RFC 9110 §7.6.1, and Trailer and Proxy-* of its predecessors: fields about the connection, not
 * the message. */
const struct slice hop_by_hop[] = {
    SLICE("Connection"),
    SLICE("Keep-Alive"),
    SLICE("Proxy-Authenticate"),
    SLICE("Proxy-Authorization"),
    SLICE("Proxy-Connection"),
    SLICE("TE"),
    SLICE("Trailer"),
    SLICE("Transfer-Encoding"),
    SLICE("Upgrade"),
};
const size_t hop_by_hop_count = sizeof hop_by_hop / sizeof *hop_by_hop;

struct slice fields_first(const struct fields *f, struct slice name)
{
	for (size_t i = 0; i < f->count; i++)
		if (slice_equal_nocase(f->at[i].name, name))
			return f->at[i].value;
	return (struct slice){"", 0};
}

size_t fields_count(const struct fields *f, struct slice name)
{
	size_t count = 0;
	for (size_t i = 0; i < f->count; i++)
		count += slice_equal_nocase(f->at[i].name, name);
	return count;
}

static bool list_has(struct slice list, struct slice token)
{
	while (list.at)
		if (slice_equal_nocase(slice_trim(slice_cut(&list, ',')), token))
			return true;
	return false;
}

bool fields_have_token(const struct fields *f, struct slice name, struct slice token)
{
	for (size_t i = 0; i < f->count; i++)
		if (slice_equal_nocase(f->at[i].name, name) && list_has(f->at[i].value, token))
			return true;
	return false;
}

bool field_is_one_of(struct slice name, const struct slice *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal_nocase(name, names[i]))
			return true;
	return false;
}

/* ## Fields named by Connection */

static int compare_names(const void *a, const void *b)
{
	struct slice x = (*(const struct field *const *)a)->name;
	struct slice y = (*(const struct field *const *)b)->name;
	if (x.len != y.len)
		return x.len < y.len ? -1 : 1;
	return strncasecmp(x.at, y.at, x.len);
}

/* Fields sorted by name. */
struct sorted {
	size_t count;
	const struct field *at[FIELDS_MAX];
};

static void sort_fields(const struct fields *f, struct sorted *ret)
{
	ret->count = f->count;
	for (size_t i = 0; i < f->count; i++)
		ret->at[i] = &f->at[i];
	qsort(ret->at, ret->count, sizeof *ret->at, compare_names);
}

/* The index of the first field of this name, or where it would be. */
static size_t find_sorted(const struct sorted *s, struct slice name)
{
	const struct field wanted = {.name = name}, *key = &wanted;
	size_t low = 0, high = s->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare_names(&s->at[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of_connection(struct slice token)
{
	return token.len == 0 || slice_is_nocase(token, "keep-alive") ||
	       slice_is_nocase(token, "close");
}

/* Sorts the fields only when a token may name one; most messages have none. */
static void mark_named(const struct fields *f, struct slice list, struct sorted *s, bool *ret_named)
{
	while (list.at) {
		struct slice token = slice_trim(slice_cut(&list, ','));
		if (is_of_connection(token))
			continue;
		if (s->count == 0)
			sort_fields(f, s);
		for (size_t at = find_sorted(s, token);
		     at < s->count && slice_equal_nocase(s->at[at]->name, token); at++) {
			/* If one is marked, all of its name are. */
			if (ret_named[s->at[at] - f->at])
				break;
			ret_named[s->at[at] - f->at] = true;
		}
	}
}

bool fields_named_by_connection(const struct fields *f, bool *ret_named)
{
	struct sorted sorted;
	sorted.count = 0;
	for (size_t i = 0; i < f->count; i++) {
		if (!slice_is_nocase(f->at[i].name, "Connection"))
			continue;
		if (sorted.count == 0)
			memset(ret_named, 0, f->count * sizeof *ret_named);
		mark_named(f, f->at[i].value, &sorted, ret_named);
	}
	return sorted.count > 0;
}

bool field_is_api_key(struct slice name)
{
	return slice_is_nocase(name, "Authorization") || slice_is_nocase(name, "X-Api-Key") ||
	       slice_is_nocase(name, "Api-Key");
}

struct head *head_create(unsigned status)
{
	struct head *h = memory_new(struct head);
	h->status = status;
	h->content_length = -1;
	return h;
}

static void field_free(struct field *f)
{
	free((char *)f->name.at);
	free((char *)f->value.at);
}

void head_destroy(struct head **h)
{
	struct head *gone = take(h);
	if (!gone)
		return;
	for (size_t i = 0; i < gone->fields.count; i++)
		field_free(&gone->fields.at[i]);
	free(gone->origin);
	free(gone);
}

void head_free(void **head)
{
	struct head *gone = take(head);
	head_destroy(&gone);
}

bool head_add(struct head *h, struct slice name, struct slice value)
{
	if (h->fields.count == FIELDS_MAX)
		return false;
	h->fields.at[h->fields.count++] = (struct field){
	    .name = {memory_copy(name.at, name.len), name.len},
	    .value = {memory_copy(value.at, value.len), value.len},
	};
	return true;
}

static int64_t parse_length(struct slice value)
{
	int64_t length = 0;
	if (value.len == 0 || value.len > 18)
		return -1;
	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return -1;
		length = length * 10 + (value.at[i] - '0');
	}
	return length;
}

int64_t fields_body_length(const struct fields *f)
{
	struct slice name = slice_of("Content-Length");
	if (fields_count(f, slice_of("Transfer-Encoding")) > 0)
		return -1;
	struct slice first = fields_first(f, name);
	for (size_t i = 0; i < f->count; i++)
		if (slice_equal_nocase(f->at[i].name, name) && !slice_equal(f->at[i].value, first))
			return -1;
	return parse_length(first);
}

bool fields_delimit_body(const struct fields *f)
{
	return fields_body_length(f) >= 0 ||
	       fields_have_token(f, slice_of("Transfer-Encoding"), slice_of("chunked"));
}

struct slice head_content_type(const struct head *h)
{
	static const struct slice name = SLICE("Content-Type");
	return fields_count(&h->fields, name) == 1 ? fields_first(&h->fields, name) : slice_of("");
}

void head_complete(struct head *h)
{
	h->content_length = fields_body_length(&h->fields);
	bool named[FIELDS_MAX], stops[FIELDS_MAX];
	bool some = fields_named_by_connection(&h->fields, named);
	for (size_t i = 0; i < h->fields.count; i++) {
		struct slice name = h->fields.at[i].name;
		stops[i] = slice_is_nocase(name, "Content-Length") ||
			   field_is_one_of(name, hop_by_hop, hop_by_hop_count) ||
			   (some && named[i]);
	}
	size_t kept = 0;
	for (size_t i = 0; i < h->fields.count; i++) {
		if (stops[i])
			field_free(&h->fields.at[i]);
		else
			h->fields.at[kept++] = h->fields.at[i];
	}
	h->fields.count = kept;
}
