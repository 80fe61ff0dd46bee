/* A splitter of event streams (server-sent events, HTML Living Standard §9.2) into frames: the
 * lines up to a blank one, and the blank line too, byte for byte.
 *
 *     if (!sse_feed(&sse, bytes)) ...             // a frame outgrew the limit
 *     while (sse_next(&sse, &frame)) ...
 *     ...
 *     sse_end(&sse);                              // the body is complete
 *     while (sse_next(&sse, &frame)) ...
 *     if (sse_torn(&sse)) ...                     // it ended inside a frame
 *
 * Lines end with LF, CRLF or CR, also mixed. A frame whose blank line ends with CR waits for the
 * byte behind it, which may be its LF. Bytes may come in any portions; all frames together are the
 * bytes that were fed. A byte order mark at the start belongs to the first frame.
 *
 * Who only passes frames on need not hold those that are long: sse_cut takes out what has come of
 * one, and its rest comes as frames do, but unread.
 *
 * Unlike a browser we do not forget a frame that is cut off: sse_torn tells of it.
 *
 * Threads: one at a time. */
#pragma once

#include "base/buf.h"

struct sse {
	struct buf held;   /* fed and not yet dropped: at most limit and one portion */
	struct buf joined; /* data of several lines */
	size_t limit;
	size_t start; /* offsets into held: the frame under way, */
	size_t line;  /* its line under way, */
	size_t at;    /* and what has been looked at */
	size_t skip;  /* of a byte order mark at the start of the frame under way */
	bool cut;     /* the beginning of the frame under way was taken out, */
	bool inside;  /* and of its line under way */
	bool begun;   /* the place for a byte order mark is behind us */
	bool ended;
};

/* Valid until the next call on the splitter. */
struct sse_frame {
	struct slice bytes; /* all of it, the blank line too */
	struct slice event; /* of the last line `event:`; empty without one */
	struct slice data;  /* the lines `data:`, joined with LF */
	bool has_data;
	bool bare; /* comments and blank lines only: a keep-alive */
	bool cut;  /* bytes are the rest of one whose beginning was taken out, and all there is */
};

/* A frame that is not complete after limit_bytes is too large. */
struct sse sse_make(size_t limit_bytes);

/* Frees the memory; what remains is empty and may be used again. NULL is fine. */
void sse_finish(struct sse *s);

/* False: the frame under way is too large, or there is no memory. */
MUST_CHECK bool sse_feed(struct sse *s, struct slice bytes);

/* The next complete frame; false when there is none (yet). */
bool sse_next(struct sse *s, struct sse_frame *ret_frame);

/* After sse_next was false: takes out what was looked at of the frame under way. Valid until the
 * next call. */
struct slice sse_cut(struct sse *s);

/* Frees what memory it does not need. */
void sse_tidy(struct sse *s);

/* There will be no more bytes. */
void sse_end(struct sse *s);

/* After the end, when sse_next is false: whether bytes without a blank line remain. */
bool sse_torn(const struct sse *s);
