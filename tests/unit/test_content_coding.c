#include "proxy/request/content_coding.h"

#include "tests/unit/main.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

/* ## Content-Encoding */

static struct buf zlib_coded(struct slice text, int window)
{
	z_stream z = {0};
	struct buf out = buf_make(64 << 20);
	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert(buf_reserve(&out, deflateBound(&z, text.len)));
	z.next_in = (Bytef *)text.at;
	z.avail_in = (uInt)text.len;
	z.next_out = (Bytef *)out.at;
	z.avail_out = (uInt)out.cap;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.len = z.total_out;
	deflateEnd(&z);
	return out;
}

static struct buf zstd_coded(struct slice text)
{
	struct buf out = buf_make(64 << 20);
	ck_assert(buf_reserve(&out, ZSTD_compressBound(text.len)));
	out.len = ZSTD_compress(out.at, out.cap, text.at, text.len, 3);
	ck_assert(!ZSTD_isError(out.len));
	return out;
}

static struct buf brotli_coded(struct slice text)
{
	struct buf out = buf_make(64 << 20);
	size_t len = text.len + 1024;
	ck_assert(buf_reserve(&out, len));
	ck_assert(BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, text.len,
					(const uint8_t *)text.at, &len, (uint8_t *)out.at));
	out.len = len;
	return out;
}

enum way { GZIP, ZLIB, RAW, ZSTD, BROTLI, WAYS };

static const enum content_coding coding_of[WAYS] = {CONTENT_GZIP, CONTENT_DEFLATE, CONTENT_DEFLATE,
						    CONTENT_ZSTD, CONTENT_BROTLI};

static struct buf code(enum way way, struct slice text)
{
	switch (way) {
	case GZIP:
		return zlib_coded(text, MAX_WBITS + 16);
	case ZLIB:
		return zlib_coded(text, MAX_WBITS);
	case RAW:
		return zlib_coded(text, -MAX_WBITS);
	case ZSTD:
		return zstd_coded(text);
	default:
		return brotli_coded(text);
	}
}

/* ## Decoding */

struct decoded {
	enum content_state state;
	unsigned slices;
	size_t most; /* bytes decoded in one slice */
	struct buf text;
};

static struct decoded decode(enum content_coding coding, struct slice body, size_t limit,
			     size_t ratio)
{
	struct content_decoder_options options = {coding, body, limit, ratio};
	struct content_decoder *d = content_decoder_create(&options);
	struct decoded got = {.state = CONTENT_MORE};
	ck_assert_ptr_nonnull(d);
	while (got.state == CONTENT_MORE) {
		got.state = content_decoder_run(d);
		got.slices++;
	}
	ck_assert_uint_le(content_decoder_bytes(d), 2 * limit + 1);
	if (got.state == CONTENT_DONE)
		got.text = content_decoder_take(d);
	content_decoder_destroy(&d);
	ck_assert_ptr_null(d);
	return got;
}

static enum content_state state_of(enum content_coding coding, struct slice body)
{
	struct decoded got = decode(coding, body, 1 << 20, 100);
	buf_finish(&got.text);
	return got.state;
}

/* Bytes that compress by about a half. */
static struct buf noise(size_t len)
{
	struct buf out = buf_make(len);
	uint32_t seed = 7;
	ck_assert(buf_reserve(&out, len));
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		out.at[i] = (char)(seed >> 28);
	}
	out.len = len;
	return out;
}

START_TEST(comes_back)
{
	static const size_t sizes[] = {0, 1, 100, 16 << 10, 1 << 20, 5000000};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buf text = noise(sizes[i]);
		struct buf body = code(_i, buf_slice(&text));
		struct decoded got = decode(coding_of[_i], buf_slice(&body), 8 << 20, 100);
		ck_assert_int_eq(got.state, CONTENT_DONE);
		ck_assert(slice_equal(buf_slice(&got.text), buf_slice(&text)));
		/* A quarter of a mebibyte each, or a little more. */
		ck_assert_uint_ge(got.slices, sizes[i] / (512 << 10));
		buf_finish(&got.text);
		buf_finish(&body);
		buf_finish(&text);
	}
}
END_TEST

START_TEST(no_part_of_it_is_all_of_it)
{
	struct buf text = noise(300);
	struct buf body = code(_i, buf_slice(&text));
	for (size_t len = 0; len < body.len; len++)
		ck_assert_int_eq(state_of(coding_of[_i], slice_make(body.at, len)), CONTENT_BROKEN);
	buf_finish(&body);
	buf_finish(&text);
}
END_TEST

START_TEST(nothing_stands_behind_it)
{
	struct buf body = code(_i, slice_of("{}"));
	size_t len = body.len;
	ck_assert(buf_append_byte(&body, 0));
	ck_assert_int_eq(state_of(coding_of[_i], buf_slice(&body)), CONTENT_BROKEN);
	body.len = len;
	struct buf twice = buf_make(1 << 10);
	ck_assert(buf_append_slice(&twice, buf_slice(&body)));
	ck_assert(buf_append_slice(&twice, buf_slice(&body)));
	ck_assert_int_eq(state_of(coding_of[_i], buf_slice(&twice)), CONTENT_BROKEN);
	buf_finish(&twice);
	buf_finish(&body);
}
END_TEST

START_TEST(garbage_is_broken)
{
	ck_assert_int_eq(state_of(coding_of[_i], slice_of("{\"model\":\"m\",\"messages\":[]}")),
			 CONTENT_BROKEN);
	ck_assert_int_eq(state_of(coding_of[_i], slice_of("")), CONTENT_BROKEN);
}
END_TEST

START_TEST(bombs_are_found_early)
{
	struct buf text = buf_make(16 << 20);
	ck_assert(buf_reserve(&text, text.limit));
	memset(text.at, ' ', text.limit);
	text.len = text.limit;
	struct buf body = code(_i, buf_slice(&text));
	/* By the ratio, which does not count up to CONTENT_SMALL; */
	struct decoded got = decode(coding_of[_i], buf_slice(&body), 32 << 20, 1);
	ck_assert_int_eq(got.state, CONTENT_TOO_LARGE);
	ck_assert_uint_le(got.slices, 10);
	/* by the limit; */
	got = decode(coding_of[_i], buf_slice(&body), 1 << 20, 1000000);
	ck_assert_int_eq(got.state, CONTENT_TOO_LARGE);
	/* and one byte less or more. */
	got = decode(coding_of[_i], buf_slice(&body), text.len - 1, 1000000);
	ck_assert_int_eq(got.state, CONTENT_TOO_LARGE);
	got = decode(coding_of[_i], buf_slice(&body), text.len, 1000000);
	ck_assert_int_eq(got.state, CONTENT_DONE);
	buf_finish(&got.text);
	buf_finish(&body);
	buf_finish(&text);
}
END_TEST

/* Empty stored blocks: any amount of input decodes to nothing. */
START_TEST(what_makes_nothing_is_sliced_too)
{
	static const char nothing[] = "\x00\x00\x00\xff\xff";
	struct buf body = buf_make(4 << 20);
	for (size_t i = 0; i < 600000; i++)
		ck_assert(buf_append(&body, nothing, 5));
	struct decoded got = decode(CONTENT_DEFLATE, buf_slice(&body), 1 << 20, 100);
	ck_assert_int_eq(got.state, CONTENT_BROKEN);
	ck_assert_uint_ge(got.slices, 5);
	buf_finish(&body);
}
END_TEST

/* A stored block of 0x5e bytes and one more, whose first bytes are a header of zlib's, too. */
START_TEST(what_is_both_is_neither)
{
	unsigned char body[5 + 0x5e01] = {0x78, 0x01, 0x5e, 0xfe, 0xa1};
	ck_assert_int_eq(state_of(CONTENT_DEFLATE, slice_make(body, sizeof body)), CONTENT_BROKEN);
	ck_assert_int_eq((0x78 << 8 | 0x01) % 31, 0);
}
END_TEST

START_TEST(what_might_be_plain_is_not_believed)
{
	struct buf body = code(RAW, slice_of("x"));
	ck_assert_int_eq(state_of(CONTENT_DEFLATE, buf_slice(&body)), CONTENT_DONE);
	static const char first[] = "{-\xef \t\r\n";
	for (size_t i = 0; i < sizeof first - 1; i++)
		for (unsigned second = 0; second < 256; second++) {
			char bytes[2] = {first[i], (char)second};
			ck_assert_int_eq(state_of(CONTENT_DEFLATE, slice_make(bytes, 2)),
					 CONTENT_BROKEN);
			ck_assert_int_eq(state_of(CONTENT_BROTLI, slice_make(bytes, 2)),
					 CONTENT_BROKEN);
		}
	/* In br, a single brace is an empty body. */
	ck_assert_int_eq(state_of(CONTENT_BROTLI, slice_of("{")), CONTENT_BROKEN);
	buf_finish(&body);
}
END_TEST

/* A frame with a window of 16 MiB: RFC 9659 permits 8. */
START_TEST(windows_are_bounded)
{
	struct buf text = noise(20 << 20);
	struct buf body = buf_make(64 << 20);
	ck_assert(buf_reserve(&body, ZSTD_compressBound(text.len)));
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 24);
	body.len = ZSTD_compress2(c, body.at, body.cap, text.at, text.len);
	ck_assert(!ZSTD_isError(body.len));
	struct decoded got = decode(CONTENT_ZSTD, buf_slice(&body), 32 << 20, 100);
	ck_assert_int_eq(got.state, CONTENT_BROKEN);
	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 23);
	body.len = ZSTD_compress2(c, body.at, body.cap, text.at, text.len);
	got = decode(CONTENT_ZSTD, buf_slice(&body), 32 << 20, 100);
	ck_assert_int_eq(got.state, CONTENT_DONE);
	buf_finish(&got.text);
	ZSTD_freeCCtx(c);
	buf_finish(&body);
	buf_finish(&text);
}
END_TEST

static enum content_coding read_coding(const struct fields *fields)
{
	struct config_list none = {0};
	struct header_table *table =
	    header_table_create(&(struct header_table_options){.ignore = &none});
	struct header_marks marks;
	header_table_mark(table, fields, &marks);
	header_table_destroy(&table);
	return content_coding_of(fields, &marks);
}

START_TEST(fields_name_it)
{
	static const struct {
		const char *values[2];
		enum content_coding coding;
	} cases[] = {
	    {{NULL}, CONTENT_IDENTITY},
	    {{""}, CONTENT_IDENTITY},
	    {{"identity"}, CONTENT_IDENTITY},
	    {{"gzip"}, CONTENT_GZIP},
	    {{"X-GZip"}, CONTENT_GZIP},
	    {{" deflate "}, CONTENT_DEFLATE},
	    {{"zstd"}, CONTENT_ZSTD},
	    {{"br"}, CONTENT_BROTLI},
	    {{"identity, br ,"}, CONTENT_BROTLI},
	    {{"identity", "zstd"}, CONTENT_ZSTD},
	    {{"gzip, gzip"}, CONTENT_UNKNOWN},
	    {{"gzip", "br"}, CONTENT_UNKNOWN},
	    {{"gzip, br, zstd"}, CONTENT_UNKNOWN},
	    {{"compress"}, CONTENT_UNKNOWN},
	    {{"aws-chunked"}, CONTENT_UNKNOWN},
	    {{"aws-chunked, gzip"}, CONTENT_UNKNOWN},
	    {{"gzip;q=1"}, CONTENT_UNKNOWN},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fields fields = {0};
		for (size_t v = 0; v < 2 && cases[i].values[v]; v++)
			fields.at[fields.count++] = (struct field){slice_of("content-ENCODING"),
								   slice_of(cases[i].values[v])};
		ck_assert_msg(read_coding(&fields) == cases[i].coding, "%zu", i);
	}
}
END_TEST

START_TEST(a_field_that_stays_here_names_nothing)
{
	struct fields fields = {2,
				{{SLICE("Content-Encoding"), SLICE("gzip")},
				 {SLICE("Connection"), SLICE("content-encoding")}}};
	ck_assert_int_eq(read_coding(&fields), CONTENT_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("content_coding");
	TCase *c = tcase_create("content_coding");
	tcase_add_loop_test(c, comes_back, 0, WAYS);
	tcase_add_loop_test(c, no_part_of_it_is_all_of_it, 0, WAYS);
	tcase_add_loop_test(c, nothing_stands_behind_it, 0, WAYS);
	tcase_add_loop_test(c, garbage_is_broken, 0, WAYS);
	tcase_add_loop_test(c, bombs_are_found_early, 0, WAYS);
	tcase_add_test(c, what_makes_nothing_is_sliced_too);
	tcase_add_test(c, what_is_both_is_neither);
	tcase_add_test(c, what_might_be_plain_is_not_believed);
	tcase_add_test(c, windows_are_bounded);
	tcase_add_test(c, fields_name_it);
	tcase_add_test(c, a_field_that_stays_here_names_nothing);
	suite_add_tcase(s, c);
	return run_suite(s);
}
