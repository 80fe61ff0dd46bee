/* Reads the recorded traces (tests/data/traces): pairs of files with the raw bytes of an HTTP
 * request and its response, as a model server received and sent them. Supports just enough HTTP for
 * these. */
#pragma once

#include "base/buf.h"
#include "base/ensure.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef TRACES
#define TRACES "tests/data/traces" /* from the root */
#endif

struct trace {
	char name[64];
	struct buf request; /* raw */
	struct buf answer;
	struct slice method;
	struct slice path; /* without the query */
	struct buf request_body;
	unsigned status;
	struct slice content_type;
	struct buf body; /* the answer's, without chunk framing */
	bool whole;	 /* the body is complete according to its framing */
};

static inline struct buf trace_file(const char *name, const char *suffix)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s%s", TRACES, name, suffix);
	FILE *file = fopen(path, "rb");
	struct buf b = buf_make(16 << 20);
	if (!file) /* abort-nonstream has no response */
		return b;
	char part[4096];
	for (size_t n; (n = fread(part, 1, sizeof(part), file)) > 0;)
		ensure(buf_append(&b, part, n));
	fclose(file);
	return b;
}

/* Cuts off a line and its CRLF. */
static inline struct slice trace_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static inline unsigned long trace_number(struct slice s, int base)
{
	char text[32] = "";
	if (s.len)
		memcpy(text, s.at, s.len < sizeof(text) - 1 ? s.len : sizeof(text) - 1);
	return strtoul(text, NULL, base);
}

/* Returns whether the last chunk was found. */
static inline bool trace_dechunk(struct slice rest, struct buf *out)
{
	while (rest.len) {
		size_t size = trace_number(trace_line(&rest), 16);
		if (size == 0 || size > rest.len)
			return size == 0;
		ensure(buf_append(out, rest.at, size));
		rest = slice_after(rest, size);
		trace_line(&rest);
	}
	return false;
}

/* Parses what follows the first line: headers and body. Returns whether the body is complete. */
static inline bool trace_message(struct slice rest, struct slice *ret_type, struct buf *out)
{
	size_t length = 0;
	bool chunked = false;
	for (struct slice line; (line = trace_line(&rest)).len > 0;) {
		struct slice value = line;
		struct slice name = slice_cut(&value, ':');
		if (slice_is_nocase(name, "content-length"))
			length = trace_number(slice_trim(value), 10);
		if (slice_is_nocase(name, "content-type"))
			*ret_type = slice_trim(value);
		if (slice_is_nocase(name, "transfer-encoding"))
			chunked = true;
	}
	if (chunked)
		return trace_dechunk(rest, out);
	bool whole = length <= rest.len;
	ensure(buf_append(out, rest.at, whole ? length : rest.len));
	return whole;
}

static inline struct trace trace_open(const char *name)
{
	struct trace t = {.request = trace_file(name, ".req"), .answer = trace_file(name, ".resp")};
	struct slice ignored;
	snprintf(t.name, sizeof(t.name), "%s", name);
	t.request_body = buf_make(16 << 20);
	t.body = buf_make(16 << 20);
	struct slice rest = buf_slice(&t.request);
	struct slice line = trace_line(&rest);
	t.method = slice_cut(&line, ' ');
	t.path = slice_cut(&line, ' ');
	t.path = slice_cut(&t.path, '?');
	trace_message(rest, &ignored, &t.request_body);
	rest = buf_slice(&t.answer);
	line = trace_line(&rest);
	slice_cut(&line, ' ');
	t.status = (unsigned)trace_number(line, 10);
	t.whole = trace_message(rest, &t.content_type, &t.body);
	return t;
}

static inline void trace_close(struct trace *t)
{
	buf_finish(&t->request);
	buf_finish(&t->answer);
	buf_finish(&t->request_body);
	buf_finish(&t->body);
}

static inline bool trace_streams(const struct trace *t)
{
	static const struct slice type = SLICE("text/event-stream");
	return t->status == 200 && slice_starts(t->content_type, type);
}

/* Calls `visit` for every trace, in the order of the index. Returns their number. */
static inline unsigned trace_each(void (*visit)(const struct trace *t))
{
	struct buf index = trace_file("INDEX", ".tsv");
	struct slice rest = buf_slice(&index);
	unsigned count = 0;
	trace_line(&rest);
	while (rest.len) {
		struct slice line = trace_line(&rest);
		struct slice name = slice_cut(&line, '\t');
		if (name.len == 0)
			continue;
		char text[64];
		snprintf(text, sizeof(text), "%.*s", SLICE_FMT(name));
		struct trace t = trace_open(text);
		visit(&t);
		trace_close(&t);
		count++;
	}
	buf_finish(&index);
	return count;
}

/* Pseudorandom numbers that are the same in every run (xorshift). */
static inline uint32_t trace_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}
