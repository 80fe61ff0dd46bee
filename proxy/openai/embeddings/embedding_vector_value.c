#include "proxy/openai/embeddings/embedding_vector_value.h"

#include "base/base64.h"
#include "proxy/openai/embeddings/embedding_vector.h"

/* ## The format */

struct type_name {
	struct slice name;
	enum embedding_vector_type type;
};

static const struct type_name type_names[] = {
    {SLICE("float"), EMBEDDING_VECTOR_FLOAT32},
    {SLICE("float32"), EMBEDDING_VECTOR_FLOAT32},
    {SLICE("base64"), EMBEDDING_VECTOR_FLOAT32}, /* Jina's embedding_type */
    {SLICE("float16"), EMBEDDING_VECTOR_FLOAT16},
    {SLICE("bfloat16"), EMBEDDING_VECTOR_BFLOAT16},
    {SLICE("fp8_e4m3"), EMBEDDING_VECTOR_FLOAT8_E4M3},
    {SLICE("fp8_e5m2"), EMBEDDING_VECTOR_FLOAT8_E5M2},
    {SLICE("int8"), EMBEDDING_VECTOR_INTEGER},
    {SLICE("uint8"), EMBEDDING_VECTOR_INTEGER},
    {SLICE("binary"), EMBEDDING_VECTOR_INTEGER},
    {SLICE("ubinary"), EMBEDDING_VECTOR_INTEGER},
};

static enum embedding_vector_type type_named(const struct canonical_member *m)
{
	for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
		if (m->kind == JSON_STRING && slice_equal(m->value, type_names[i].name))
			return type_names[i].type;
	return EMBEDDING_VECTOR_UNKNOWN;
}

void embedding_vector_format_note(struct embedding_vector_format *format,
				  const struct canonical_member *member)
{
	static const struct slice names[] = {
	    SLICE("embed_dtype"),
	    SLICE("output_dtype"),
	    SLICE("embedding_type"),
	    SLICE("embedding_types"),
	};
	if (member->kind == JSON_NULL)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (slice_equal(member->key, names[i]))
			format->type = type_named(member);
	/* "native" is little-endian on all machines that serve models. */
	if (slice_is(member->key, "endianness"))
		format->big_endian = slice_is(member->value, "big");
}

/* ## Base64 */

static size_t width_of(enum embedding_vector_type type)
{
	switch (type) {
	case EMBEDDING_VECTOR_FLOAT32:
		return 4;
	case EMBEDDING_VECTOR_FLOAT16:
	case EMBEDDING_VECTOR_BFLOAT16:
		return 2;
	default:
		return 1;
	}
}

/* Returns the exponent bits, all of which are set in infinities and NaN (IEEE 754; E4M3 has no
 * infinities, and its NaN has all bits set except the sign: OCP 8-bit floating point, 5.3). */
static uint32_t exponent_mask(enum embedding_vector_type type)
{
	switch (type) {
	case EMBEDDING_VECTOR_FLOAT32:
		return 0x7f800000;
	case EMBEDDING_VECTOR_FLOAT16:
		return 0x7c00;
	case EMBEDDING_VECTOR_BFLOAT16:
		return 0x7f80;
	case EMBEDDING_VECTOR_FLOAT8_E4M3:
		return 0x7f;
	case EMBEDDING_VECTOR_FLOAT8_E5M2:
		return 0x7c;
	default:
		return 0;
	}
}

static uint32_t bits_at(const char *at, size_t width, bool big_endian)
{
	uint32_t bits = 0;
	for (size_t i = 0; i < width; i++)
		bits |= (uint32_t)(unsigned char)at[i] << 8 * (big_endian ? width - 1 - i : i);
	return bits;
}

static bool all_finite(struct slice bytes, struct embedding_vector_format format)
{
	size_t width = width_of(format.type);
	uint32_t mask = exponent_mask(format.type);
	for (size_t i = 0; mask && i < bytes.len; i += width)
		if ((bits_at(bytes.at + i, width, format.big_endian) & mask) == mask)
			return false;
	return true;
}

static bool read_base64(struct slice text, struct embedding_vector_format format, struct buf *out)
{
	size_t before = out->len;
	if (format.type == EMBEDDING_VECTOR_UNKNOWN || !base64_decode(text, out))
		return false;
	struct slice bytes = slice_make(out->at + before, out->len - before);
	return bytes.len && bytes.len % width_of(format.type) == 0 && all_finite(bytes, format);
}

static bool read_string(const struct json_token *t, struct embedding_vector_format format,
			struct buf *out)
{
	if (t->text.len == 0)
		return false;
	if (!t->escaped)
		return read_base64(t->text, format, out);
	scoped(buf_finish) struct buf decoded = buf_make(t->text.len);
	if (!buf_reserve(&decoded, t->text.len))
		return false;
	decoded.len = json_decode(t->text, decoded.at);
	return read_base64(buf_slice(&decoded), format, out);
}

/* ## Lists */

/* Reads a list of numbers after its opening bracket. The scan sees only the closing bracket, as if
 * the list were empty. */
static bool read_flat(struct json_scan *scan, struct buf *out, struct embedding_vector_value *v)
{
	const char *start = scan->at;
	size_t before = out->len;
	struct slice rest = slice_make(start, (size_t)(scan->end - start));
	long len = embedding_vector_read_list(rest, out, &v->survives);
	if (len < 0)
		return false;
	v->list = slice_make(start - 1, (size_t)len + 2);
	v->length = (out->len - before) / EMBEDDING_VECTOR_NUMBER;
	scan->at += len;
	struct json_token close;
	return json_scan_next(scan, &close) && close.kind == JSON_ARRAY_CLOSE;
}

static bool begins_list(const struct json_scan *scan)
{
	const char *at = scan->at;
	while (at < scan->end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at < scan->end && *at == '[';
}

/* Reads a list of lists, all of which must have the same length. */
static bool read_nested(struct json_scan *scan, struct buf *out, struct embedding_vector_value *v)
{
	struct json_token t;
	size_t length = 0;
	while (json_scan_next(scan, &t) && t.kind == JSON_ARRAY_OPEN) {
		if (!read_flat(scan, out, v) || (length && length != v->length))
			return false;
		length = v->length;
	}
	v->nested = true;
	v->list = slice_of("");
	return !scan->fault && t.kind == JSON_ARRAY_CLOSE && length;
}

bool embedding_vector_value_read(struct json_scan *scan, const struct json_token *first,
				 struct embedding_vector_format format, struct buf *out,
				 struct embedding_vector_value *ret_value)
{
	size_t before = out->len;
	*ret_value = (struct embedding_vector_value){.list = slice_of("")};
	if (first->kind == JSON_ARRAY_OPEN)
		return begins_list(scan) ? read_nested(scan, out, ret_value)
					 : read_flat(scan, out, ret_value);
	if (first->kind != JSON_STRING || !read_string(first, format, out))
		return false;
	ret_value->length = out->len - before;
	return true;
}
