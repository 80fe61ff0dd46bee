/* Splits event streams (server-sent events, HTML Living Standard §9.2) into frames: lines up to and
 * including a blank one, byte for byte.
 *
 *     if (!sse_feed(&sse, bytes)) ...             // a frame outgrew the limit
 *     while (sse_next(&sse, &frame)) ...
 *     ...
 *     sse_end(&sse);                              // the body is complete
 *     while (sse_next(&sse, &frame)) ...
 *     if (sse_torn(&sse)) ...                     // it ended inside a frame
 *
 * Lines end with LF, CRLF or CR, also mixed. A frame whose blank line ends with CR waits for the
 * next byte, which may be its LF. Bytes may come in any portions; all frames together are the bytes
 * that were fed. A byte order mark at the start belongs to the first frame.
 *
 * A caller that only forwards frames need not buffer long ones: sse_cut removes the buffered part
 * of a frame, and the rest is returned like a frame, but not parsed.
 *
 * Unlike a browser, which discards a truncated last frame silently, sse_torn reports it.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"

struct sse {
	struct buf held;   /* fed and not yet dropped: at most limit and one portion */
	struct buf joined; /* data of several lines */
	size_t limit;
	size_t start; /* offset in held of the current frame */
	size_t line;  /* offset of the current line */
	size_t at;    /* offset of the first byte not examined yet */
	size_t skip;  /* length of a byte order mark at the start of the current frame */
	bool cut;     /* the beginning of the current frame was cut off */
	bool inside;  /* and that of its current line */
	bool begun;   /* the stream's start was checked for a byte order mark */
	bool ended;
};

/* Valid until the next call with this struct sse. */
struct sse_frame {
	struct slice bytes; /* the whole frame, including the blank line */
	struct slice event; /* value of the last line `event:`; empty without one */
	struct slice data;  /* values of the lines `data:`, joined with LF */
	bool has_data;
	bool bare; /* comments and blank lines only: a keep-alive */
	/* `bytes` is the rest of a frame whose beginning sse_cut has removed; the other members are
	 * not set */
	bool cut;
};

/* A frame that is not complete after limit_bytes is too large. */
struct sse sse_make(size_t limit_bytes);

/* Frees the memory; the struct is empty then and may be used again. NULL is allowed. */
void sse_finish(struct sse *s);

/* False: the current frame is too large, or there is no memory. */
MUST_CHECK bool sse_feed(struct sse *s, struct slice bytes);

/* Returns the next complete frame. False: there is none yet, or there is no memory to join its
 * lines. */
bool sse_next(struct sse *s, struct sse_frame *ret_frame);

/* Removes and returns the examined part of the current frame. Call it after sse_next has returned
 * false. The slice is valid until the next call. */
struct slice sse_cut(struct sse *s);

/* Frees memory that is not needed at the moment. */
void sse_tidy(struct sse *s);

/* Ends the stream: there will be no more bytes. */
void sse_end(struct sse *s);

/* Whether bytes without a blank line remain. Call it after sse_end, when sse_next returns false. */
bool sse_torn(const struct sse *s);
