/* Any bytes as a body; the first byte chooses the coding. It ends, and within its bounds. What zlib
 * made of it, it decodes to what zlib says in one go; and the bytes themselves, compressed, come
 * back. */
#include "proxy/request/content_coding.h"

#include "base/ensure.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { LIMIT = 3 << 20, RATIO = 50 };

static enum content_state decode(enum content_coding coding, struct slice body, struct buf *out)
{
	struct content_decoder_options options = {coding, body, LIMIT, RATIO};
	struct content_decoder *d = content_decoder_create(&options);
	ensure(d);
	enum content_state state = CONTENT_MORE;
	size_t slices = 0;
	while (state == CONTENT_MORE) {
		ensure(slices++ < 2 + (body.len + LIMIT) / (16 << 10));
		state = content_decoder_run(d);
		ensure(content_decoder_bytes(d) <= LIMIT + 1);
	}
	if (state == CONTENT_DONE)
		*out = content_decoder_take(d);
	content_decoder_destroy(&d);
	ensure(out->len <= CONTENT_SMALL || out->len <= RATIO * body.len);
	return state;
}

/* As one who knows the size decodes a stream with zlib's wrapper. */
static void check_zlib(struct slice body, const struct buf *decoded)
{
	uLongf len = decoded->len + 1;
	char *at = malloc(len);
	ensure(at);
	if (uncompress((Bytef *)at, &len, (const Bytef *)body.at, body.len) == Z_OK)
		ensure(slice_equal(slice_make(at, len), buf_slice(decoded)));
	free(at);
}

/* What might be raw deflate, too, is not believed. */
static bool is_both(struct slice body)
{
	const unsigned char *b = (const unsigned char *)body.at;
	return body.len >= 5 && (b[1] ^ b[3]) == 0xff && (b[2] ^ b[4]) == 0xff;
}

static void check_round_trip(struct slice text)
{
	scoped(buf_finish) struct buf body = buf_make(1 << 24), out = {0}, again = {0};
	ensure(buf_reserve(&body, ZSTD_compressBound(text.len) + compressBound(text.len)));
	body.len = ZSTD_compress(body.at, body.cap, text.at, text.len, 1);
	ensure(decode(CONTENT_ZSTD, buf_slice(&body), &out) == CONTENT_DONE);
	ensure(slice_equal(buf_slice(&out), text));
	uLongf len = body.cap;
	ensure(compress((Bytef *)body.at, &len, (const Bytef *)text.at, text.len) == Z_OK);
	body.len = len;
	enum content_state state = decode(CONTENT_DEFLATE, buf_slice(&body), &again);
	ensure(state == (is_both(buf_slice(&body)) ? CONTENT_BROKEN : CONTENT_DONE));
	ensure(state == CONTENT_BROKEN || slice_equal(buf_slice(&again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static const enum content_coding codings[] = {CONTENT_GZIP, CONTENT_DEFLATE, CONTENT_ZSTD,
						      CONTENT_BROTLI};
	if (len < 1)
		return 0;
	enum content_coding coding = codings[at[0] % 4];
	struct slice body = slice_make(at + 1, len - 1);
	scoped(buf_finish) struct buf out = {0};
	if (decode(coding, body, &out) == CONTENT_DONE && coding == CONTENT_DEFLATE)
		check_zlib(body, &out);
	check_round_trip(body);
	return 0;
}
