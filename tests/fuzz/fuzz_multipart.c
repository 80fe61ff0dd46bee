/* Any bytes as a form. The first line is the Content-Type. What is read has a form; written with
 * another boundary it has the same one. */
#include "proxy/openai/parse/multipart.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

enum { LIMIT = 1 << 26, PARTS_MOST = 64 };

static struct multipart_part parts[PARTS_MOST];
static size_t count;

static bool on_part(void *context, const struct multipart_part *part)
{
	if (count < PARTS_MOST)
		parts[count] = *part;
	count++;
	return true;
}

static enum multipart_result read_form(struct slice type, struct slice body, struct buf *form)
{
	struct multipart_rules rules = {on_part, NULL};
	count = 0;
	return multipart_form(type, body, &rules, form);
}

/* The boundary that the reader must have found: between the first two bytes and the line's end. */
static struct slice delimiter_of(struct slice body)
{
	const char *end = memchr(body.at, '\r', body.len);
	size_t len = end ? (size_t)(end - body.at) : body.len;
	return slice_make(body.at, len);
}

/* The body with another delimiter. */
static void rewrite(struct slice body, struct slice from, struct slice to, struct buf *out)
{
	while (body.len) {
		const char *at = memmem(body.at, body.len, from.at, from.len);
		size_t len = at ? (size_t)(at - body.at) : body.len;
		ensure(buf_append(out, body.at, len));
		if (at)
			ensure(buf_append_slice(out, to));
		body = slice_after(body, len + (at ? from.len : 0));
	}
}

static void check(struct slice body, struct slice form, struct slice type)
{
	static const struct slice other = SLICE("--0123456789abcdefOTHER");
	struct slice delimiter = delimiter_of(body);
	/* Without parts it is not on a line of its own, and a type that says more is kept whole. */
	if (!count || memmem(body.at, body.len, other.at, other.len) ||
	    memchr(type.at, ';', type.len) != memrchr(type.at, ';', type.len))
		return;
	scoped(buf_finish) struct buf again = buf_make(LIMIT), out = buf_make(LIMIT);
	rewrite(body, delimiter, other, &out);
	ensure(read_form(slice_of("multipart/form-data; boundary=0123456789abcdefOTHER"),
			 buf_slice(&out), &again) == MULTIPART_FINE);
	ensure(slice_equal(buf_slice(&again), form));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct slice body = slice_make(at, len);
	struct slice type = slice_cut(&body, '\n');
	if (!body.at)
		return 0;
	scoped(buf_finish) struct buf form = buf_make(LIMIT);
	enum multipart_result result = read_form(type, body, &form);
	ensure((result == MULTIPART_FINE) == (form.len > 0));
	if (result != MULTIPART_FINE)
		return 0;
	for (size_t i = 0; i < count && i < PARTS_MOST; i++) {
		ensure(parts[i].name.len > 0);
		ensure(parts[i].content.at >= body.at);
		ensure(parts[i].content.at + parts[i].content.len <= body.at + body.len);
	}
	check(body, buf_slice(&form), type);
	return 0;
}
