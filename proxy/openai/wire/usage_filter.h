/* A usage filter: takes out of a stream of chunks what was added to it by asking for its usage, so
 * that a client who did not ask gets what it would have got alone.
 *
 *     … {"choices":[…"finish_reason":"stop"]}   {"choices":[],"usage":{…},"timings":{…}}   [DONE]
 *                                          \                             |
 *                                           +--- "timings" moves here ---+ (gone)
 *
 * - A chunk without choices that has a usage is taken out. Members that only it has (llama.cpp's
 *   timings, vLLM's system_fingerprint) then stand in the chunk that ends the choice before it,
 *   where the upstreams put them when no usage is asked for; so that chunk waits for the next.
 * - `"usage":null`, which OpenAI puts into all other chunks, is taken out of them.
 * - All else passes byte for byte: frames that are not understood, or larger than the limit or
 *   256 KiB; of these no more than that is held.
 *
 * Threads: one at a time. Pure. */
#pragma once

#include "base/buf.h"

struct usage_filter;

struct usage_filter *usage_filter_create(size_t limit_bytes); /* of a frame */
void usage_filter_destroy(struct usage_filter **f);

/* Bytes of the stream in any portions; what passes is appended to *out. False: *out is full, or
 * there is no memory; the stream cannot go on then. */
MUST_CHECK bool usage_filter_feed(struct usage_filter *f, struct slice bytes, struct buf *out);

/* How much waits in it; and passes that on, whatever comes behind. Once a frame has begun to pass
 * all of it does. */
size_t usage_filter_bytes(const struct usage_filter *f);
MUST_CHECK bool usage_filter_cut(struct usage_filter *f, struct buf *out);

/* There will be no more: what waits is appended to *out. */
MUST_CHECK bool usage_filter_end(struct usage_filter *f, struct buf *out);
