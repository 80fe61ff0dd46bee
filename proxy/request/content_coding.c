#include "proxy/request/content_coding.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <brotli/decode.h>
#include <malloc.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* A run of the decoder ends after this many bytes of input or output, whichever comes first. A
 * library gets only a portion of input at once: br may produce a whole window from it before our
 * limits are checked. */
enum { RUN_MOST = 256 << 10, PORTION = 16 << 10 };

enum { ZSTD_WINDOW_LOG = 23 };

struct content_decoder {
	struct content_decoder_options options;
	struct slice rest; /* of the body */
	struct buf out;
	size_t bound; /* maximum length of out */
	bool ended;   /* the library found the end of the stream */
	z_stream zlib;
	bool has_zlib;
	ZSTD_DCtx *zstd;
	BrotliDecoderState *brotli;
	size_t brotli_bytes; /* allocated by brotli */
};

/* ## The field */

static enum content_coding coding_named(struct slice name)
{
	static const struct {
		const char *name;
		enum content_coding coding;
	} rows[] = {
	    {"", CONTENT_IDENTITY},   {"identity", CONTENT_IDENTITY}, {"gzip", CONTENT_GZIP},
	    {"x-gzip", CONTENT_GZIP}, {"deflate", CONTENT_DEFLATE},   {"zstd", CONTENT_ZSTD},
	    {"br", CONTENT_BROTLI},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (slice_is_nocase(name, rows[i].name))
			return rows[i].coding;
	return CONTENT_UNKNOWN;
}

/* A Content-Encoding that Connection names is not forwarded, so the upstream takes the body for a
 * plain one: it is ambiguous. */
enum content_coding content_coding_of(const struct fields *fields, const struct header_marks *marks)
{
	enum content_coding coding = CONTENT_IDENTITY;
	for (size_t i = 0; i < fields->count; i++) {
		if (!slice_is_nocase(fields->at[i].name, "Content-Encoding"))
			continue;
		if (marks->at[i].bits & HEADER_HOP)
			return CONTENT_UNKNOWN;
		struct slice list = fields->at[i].value;
		while (list.at) {
			enum content_coding next = coding_named(slice_trim(slice_cut(&list, ',')));
			if (next != CONTENT_IDENTITY)
				coding = coding == CONTENT_IDENTITY ? next : CONTENT_UNKNOWN;
		}
	}
	return coding;
}

/* ## The libraries: each step consumes some input and fills some of the room at `to`. False: the
 * input is invalid. */

struct portion {
	const char *at;
	size_t left;
	char *to;
	size_t room;
};

static bool step_zlib(struct content_decoder *d, struct portion *p)
{
	z_stream *z = &d->zlib;
	z->next_in = (Bytef *)p->at;
	z->avail_in = (uInt)p->left;
	z->next_out = (Bytef *)p->to;
	z->avail_out = (uInt)p->room;
	int result = inflate(z, Z_NO_FLUSH);
	d->ended = result == Z_STREAM_END;
	p->left = z->avail_in;
	p->room = z->avail_out;
	return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

static bool step_zstd(struct content_decoder *d, struct portion *p)
{
	ZSTD_inBuffer in = {p->at, p->left, 0};
	ZSTD_outBuffer out = {p->to, p->room, 0};
	size_t result = ZSTD_decompressStream(d->zstd, &out, &in);
	d->ended = result == 0;
	p->left -= in.pos;
	p->room -= out.pos;
	return !ZSTD_isError(result);
}

static bool step_brotli(struct content_decoder *d, struct portion *p)
{
	const uint8_t *at = (const uint8_t *)p->at;
	uint8_t *to = (uint8_t *)p->to;
	BrotliDecoderResult result =
	    BrotliDecoderDecompressStream(d->brotli, &p->left, &at, &p->room, &to, NULL);
	d->ended = result == BROTLI_DECODER_RESULT_SUCCESS;
	return result != BROTLI_DECODER_RESULT_ERROR;
}

static bool step(struct content_decoder *d, struct portion *p)
{
	switch (d->options.coding) {
	case CONTENT_ZSTD:
		return step_zstd(d, p);
	case CONTENT_BROTLI:
		return step_brotli(d, p);
	default:
		return step_zlib(d, p);
	}
}

/* ## Life */

/* Whether a body has zlib's wrapper (RFC 1950 §2.2). A raw stream with the same first byte begins
 * with a stored block, whose bytes 1 to 4 are the length and its complement (RFC 1951 §3.2.4); if
 * those match, too, the body is ambiguous (*ret_both). */
static bool is_zlib(struct slice body, bool *ret_both)
{
	const unsigned char *b = (const unsigned char *)body.at;
	*ret_both = false;
	if (body.len < 2 || (b[0] & 0x0f) != Z_DEFLATED || b[0] >> 4 > 7 ||
	    (b[0] << 8 | b[1]) % 31 != 0)
		return false;
	*ret_both = body.len >= 5 && (b[1] ^ b[3]) == 0xff && (b[2] ^ b[4]) == 0xff;
	return true;
}

/* Whether a body begins like JSON or a form. A server that does not know content codings would read
 * it differently from its decoded form, so it is refused. gzip, zstd and zlib's wrapper never begin
 * like this. */
static bool may_be_plain(struct slice body)
{
	return body.len && memchr("{-\xef \t\r\n", *body.at, 7);
}

static bool begin_zlib(struct content_decoder *d)
{
	enum { GZIP_ONLY = 16 };
	int window = MAX_WBITS + GZIP_ONLY;
	if (d->options.coding == CONTENT_DEFLATE) {
		bool both;
		window = is_zlib(d->rest, &both) ? MAX_WBITS : -MAX_WBITS;
		if (both)
			d->rest.len = 0;
	}
	d->has_zlib = inflateInit2(&d->zlib, window) == Z_OK;
	return d->has_zlib;
}

static bool begin_zstd(struct content_decoder *d)
{
	d->zstd = ZSTD_createDCtx();
	return d->zstd &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

static void *allocate(void *context, size_t size)
{
	struct content_decoder *d = context;
	void *at = malloc(size);
	d->brotli_bytes += at ? malloc_usable_size(at) : 0;
	return at;
}

static void release(void *context, void *at)
{
	struct content_decoder *d = context;
	d->brotli_bytes -= at ? malloc_usable_size(at) : 0;
	free(at);
}

static bool begin(struct content_decoder *d)
{
	switch (d->options.coding) {
	case CONTENT_ZSTD:
		return begin_zstd(d);
	case CONTENT_BROTLI:
		d->brotli = BrotliDecoderCreateInstance(allocate, release, d);
		return d->brotli != NULL;
	default:
		return begin_zlib(d);
	}
}

static size_t bound_of(const struct content_decoder_options *o)
{
	size_t by_ratio = o->body.len > SIZE_MAX / o->ratio ? SIZE_MAX : o->body.len * o->ratio;
	size_t permitted = by_ratio > CONTENT_SMALL ? by_ratio : CONTENT_SMALL;
	return permitted < o->limit ? permitted : o->limit;
}

struct content_decoder *content_decoder_create(const struct content_decoder_options *options)
{
	ensure(options->coding != CONTENT_IDENTITY && options->coding != CONTENT_UNKNOWN);
	struct content_decoder *d = memory_new(struct content_decoder);
	d->options = *options;
	/* An empty stream is invalid in every coding. */
	d->rest = may_be_plain(options->body) ? slice_of("") : options->body;
	d->bound = bound_of(options);
	/* One byte more, to notice that the bound is exceeded. */
	d->out = buf_make(d->bound + 1);
	if (!begin(d))
		content_decoder_destroy(&d);
	return d;
}

void content_decoder_destroy(struct content_decoder **d)
{
	struct content_decoder *gone = take(d);
	if (!gone)
		return;
	if (gone->has_zlib)
		inflateEnd(&gone->zlib);
	ZSTD_freeDCtx(gone->zstd);
	BrotliDecoderDestroyInstance(gone->brotli);
	buf_finish(&gone->out);
	free(gone);
}

/* ## Decoding */

/* Makes room for output; nothing else grows `out`. */
static bool grow(struct content_decoder *d)
{
	size_t left = d->out.limit - d->out.len;
	return buf_reserve(&d->out, left < PORTION ? left : PORTION);
}

/* The state after a step. Without progress the stream is truncated. */
static enum content_state state_after(const struct content_decoder *d, bool progress)
{
	if (d->out.len > d->bound)
		return CONTENT_TOO_LARGE;
	if (d->ended)
		return d->rest.len == 0 ? CONTENT_DONE : CONTENT_BROKEN;
	return progress ? CONTENT_MORE : CONTENT_BROKEN;
}

static enum content_state run_step(struct content_decoder *d)
{
	if (!grow(d))
		return CONTENT_NO_MEMORY;
	size_t given = d->rest.len < PORTION ? d->rest.len : PORTION;
	size_t room = d->out.cap - d->out.len;
	struct portion p = {d->rest.at, given, d->out.at + d->out.len,
			    room < RUN_MOST ? room : RUN_MOST};
	room = p.room;
	if (!step(d, &p))
		return CONTENT_BROKEN;
	d->rest = slice_after(d->rest, given - p.left);
	d->out.len += room - p.room;
	return state_after(d, p.left < given || p.room < room);
}

enum content_state content_decoder_run(struct content_decoder *d)
{
	size_t left_before = d->rest.len;
	size_t made_before = d->out.len;
	enum content_state state = CONTENT_MORE;
	while (state == CONTENT_MORE && left_before - d->rest.len < RUN_MOST &&
	       d->out.len - made_before < RUN_MOST)
		state = run_step(d);
	return state;
}

size_t content_decoder_bytes(const struct content_decoder *d)
{
	return d->out.cap;
}

size_t content_decoder_state_bytes(const struct content_decoder *d)
{
	/* zlib.h: a window of 32 KiB and about 7 KiB */
	enum { ZLIB_BYTES = 48 << 10 };
	if (d->zstd)
		return ZSTD_sizeof_DCtx(d->zstd);
	return d->brotli ? d->brotli_bytes : (size_t)ZLIB_BYTES;
}

struct buf content_decoder_take(struct content_decoder *d)
{
	struct buf out = d->out;
	d->out = buf_make(0);
	return out;
}
