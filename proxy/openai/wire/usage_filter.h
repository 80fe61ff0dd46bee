/* Usage filter: removes from a stream of chunks what was added because the proxy asked for usage,
 * so that a client that did not ask for it gets the stream it would have got without the proxy.
 *
 *     … {"choices":[…"finish_reason":"stop"]}   {"choices":[],"usage":{…},"timings":{…}}   [DONE]
 *                                          \                             |
 *                                           +--- "timings" moves here ---+ (gone)
 *
 * - A chunk without choices that has a usage is removed. Members that only it has (llama.cpp's
 *   timings, vLLM's system_fingerprint) move to the chunk before it that ends a choice, where
 *   upstreams put them when no usage is requested. That chunk is therefore held until the next one
 *   arrives.
 * - `"usage":null`, which OpenAI puts into all other chunks, is removed.
 * - Everything else passes byte for byte: frames that are not understood, and frames larger than
 *   the limit or 256 KiB, of which no more than that is buffered.
 *
 * Threads: one at a time. Pure. */
#pragma once

#include "base/buf.h"

struct usage_filter;

struct usage_filter *usage_filter_create(size_t limit_bytes); /* largest frame that is parsed */
void usage_filter_destroy(struct usage_filter **f);

/* Takes bytes of the stream in any portions and appends to *out what passes. False: *out is full,
 * or there is no memory; the stream cannot be continued then. */
MUST_CHECK bool usage_filter_feed(struct usage_filter *f, struct slice bytes, struct buf *out);

/* usage_filter_bytes returns how many bytes are buffered. usage_filter_cut appends them to *out
 * without waiting for the next chunk. If a frame was cut, the rest of it passes unread. */
size_t usage_filter_bytes(const struct usage_filter *f);
MUST_CHECK bool usage_filter_cut(struct usage_filter *f, struct buf *out);

/* Ends the stream: appends all buffered bytes to *out. */
MUST_CHECK bool usage_filter_end(struct usage_filter *f, struct buf *out);
