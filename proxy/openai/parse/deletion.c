#include "proxy/openai/parse/deletion.h"

#include "proxy/openai/storable/cjson_view.h"

/* No id is longer than ID_MOST. It is the last segment, or is followed by the name of the part of
 * it that is deleted. */
enum { ID_MOST = 256, SEGMENTS = 2, BODY_MOST = 64 << 10 };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes a segment (RFC 3986 §2.1) to `to`, which must have room for the segment's length.
 * Returns the length written. */
static size_t decode(struct slice segment, char *to)
{
	size_t len = 0;
	for (size_t i = 0; i < segment.len; i++) {
		char c = segment.at[i];
		if (c == '%' && i + 2 < segment.len && digit(segment.at[i + 1]) >= 0 &&
		    digit(segment.at[i + 2]) >= 0) {
			c = (char)(digit(segment.at[i + 1]) * 16 + digit(segment.at[i + 2]));
			i += 2;
		}
		to[len++] = c;
	}
	return len;
}

/* Cuts off and returns the path's last segment, with the slash before it. Empty: no segment is
 * left. */
static struct slice cut_last(struct slice *path)
{
	while (path->len && path->at[path->len - 1] == '/')
		path->len--;
	size_t end = path->len;
	while (path->len && path->at[path->len - 1] != '/')
		path->len--;
	return slice_make(path->at + path->len, end - path->len);
}

static void read_path(struct slice path, void (*on_id)(void *context, struct slice id),
		      void *context)
{
	char decoded[ID_MOST];
	for (int i = 0; i < SEGMENTS; i++) {
		struct slice segment = cut_last(&path);
		if (segment.len && segment.len <= ID_MOST)
			on_id(context, slice_make(decoded, decode(segment, decoded)));
	}
}

static bool ends_in(struct slice path, const char *end)
{
	struct slice tail = slice_of(end);
	return path.len >= tail.len && slice_equal(slice_after(path, path.len - tail.len), tail);
}

bool deletion_has_body(struct slice method, struct slice path)
{
	while (path.len && path.at[path.len - 1] == '/')
		path.len--;
	return slice_is(method, "POST") && ends_in(path, "/completions/control");
}

void deletion_read(struct slice method, struct slice path, struct slice body,
		   void (*on_id)(void *context, struct slice id), void *context)
{
	if (slice_is(method, "DELETE"))
		read_path(path, on_id, context);
	if (!deletion_has_body(method, path) || body.len == 0 || body.len > BODY_MOST)
		return;
	scoped(cjson_view_free) cJSON *root = NULL;
	if (cjson_view_parse(body, &root) != VERDICT_FINE)
		return;
	struct slice id = slice_of(cJSON_GetStringValue(cjson_view_member(root, "id")));
	if (id.len)
		on_id(context, id);
}
