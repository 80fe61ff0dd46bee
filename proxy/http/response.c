#include "proxy/http/response.h"

#include "base/memory.h"

#include <microhttpd.h>
#include <stdlib.h>

/* Entries up to this size are decoded into one buffer, which takes about as much memory as a
 * cursor; larger ones are decoded piece by piece, so that a slow client does not hold more. */
enum { DECODED_AT_ONCE = 64 << 10 };

/* The buffer in libmicrohttpd of bodies of known size that are read piece by piece. */
enum { BLOCK = RESPONSE_BLOCK };

/* Fields up to this size are copied to the stack, longer ones to the heap. */
enum { FIELD_TEXT = 512 };

static struct response *as_response(struct MHD_Response *mhd)
{
	return (struct response *)(void *)mhd;
}

static struct MHD_Response *as_mhd(struct response *response)
{
	return (struct MHD_Response *)(void *)response;
}

struct response *response_of_bytes(char *bytes, size_t len)
{
	struct response *response =
	    as_response(MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE));
	if (!response)
		free(bytes);
	return response;
}

/* A response whose body is read piece by piece. On failure the context is freed at once. */
static struct response *response_of_reader(uint64_t size, MHD_ContentReaderCallback read,
					   void *context, void (*let_go)(void *context))
{
	struct response *response =
	    as_response(MHD_create_response_from_callback(size, BLOCK, read, context, let_go));
	if (!response && let_go)
		let_go(context);
	return response;
}

/* ## Entries */

static void unref_entry(void *context)
{
	struct entry *e = context;
	entry_unref(&e);
}

static struct response *response_of_whole(struct entry *entry, struct slice whole)
{
	struct response *response =
	    as_response(MHD_create_response_from_buffer_with_free_callback_cls(
		whole.len, (void *)whole.at, unref_entry, entry_ref(entry)));
	if (!response)
		unref_entry(entry);
	return response;
}

static struct response *response_of_decoded(struct entry *entry)
{
	size_t len = event_log_decoded_bytes(entry->log);
	char *at = malloc(len ? len : 1);
	if (!at)
		return NULL;
	event_log_decode(entry->log, at);
	return response_of_bytes(at, len);
}

struct piecewise {
	struct entry *entry;
	struct event_cursor *cursor;
};

static ssize_t read_piece(void *context, uint64_t position, char *at, size_t room)
{
	struct piecewise *p = context;
	size_t got = event_cursor_read(p->cursor, at, room);
	return got ? (ssize_t)got : MHD_CONTENT_READER_END_OF_STREAM;
}

static void free_piecewise(void *context)
{
	struct piecewise *p = context;
	event_cursor_destroy(&p->cursor);
	entry_unref(&p->entry);
	free(p);
}

static struct response *response_piecewise(struct entry *entry)
{
	struct event_cursor *cursor = event_cursor_create(entry->log);
	if (!cursor)
		return NULL;
	struct piecewise *p = memory_new(struct piecewise);
	p->entry = entry_ref(entry);
	p->cursor = cursor;
	return response_of_reader(event_log_decoded_bytes(entry->log), read_piece, p,
				  free_piecewise);
}

size_t response_of_entry_bytes(const struct entry *entry)
{
	struct slice whole;
	size_t len = event_log_decoded_bytes(entry->log);
	if (event_log_whole(entry->log, &whole))
		return 0;
	return len <= DECODED_AT_ONCE ? len : EVENT_CURSOR_BYTES + BLOCK;
}

struct response *response_of_entry(struct entry *entry)
{
	struct slice whole;
	if (event_log_whole(entry->log, &whole))
		return response_of_whole(entry, whole);
	if (event_log_decoded_bytes(entry->log) <= DECODED_AT_ONCE)
		return response_of_decoded(entry);
	return response_piecewise(entry);
}

/* ## Streams */

struct stream {
	struct connection *connection;
	long (*pull)(void *context, char *at, size_t room);
	void *context;
};

static ssize_t read_stream(void *context, uint64_t position, char *at, size_t room)
{
	struct stream *s = context;
	long got = s->pull(s->context, at, room);
	if (got > 0)
		return (ssize_t)got;
	if (got == PULL_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (got == PULL_LATER && connection_sleep(s->connection))
		return 0;
	connection_spoil_chunk(s->connection);
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

struct response *response_of_stream(struct connection *c, int64_t size,
				    long (*pull)(void *context, char *at, size_t room),
				    void *context)
{
	struct stream *s = memory_new(struct stream);
	*s = (struct stream){.connection = c, .pull = pull, .context = context};
	c->chunked = size < 0;
	return response_of_reader(size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)size, read_stream, s,
				  free);
}

static ssize_t read_nothing(void *context, uint64_t position, char *at, size_t room)
{
	return MHD_CONTENT_READER_END_OF_STREAM;
}

struct response *response_of_nothing(int64_t size)
{
	struct response *response = response_of_reader(size < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)size,
						       read_nothing, NULL, NULL);
	if (response && size < 0)
		MHD_set_response_options(as_mhd(response), MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
					 MHD_RO_END);
	return response;
}

/* ## Sending */

void response_field(struct response *response, struct slice name, struct slice value)
{
	/* libmicrohttpd refuses empty values; to a reader a space is an empty value (RFC 9110
	 * §5.5). */
	if (value.len == 0)
		value = slice_of(" ");
	char text[FIELD_TEXT];
	size_t need = name.len + value.len + 2;
	char *at = need <= sizeof text ? text : memory_zeroed(need);
	memcpy(at, name.at, name.len);
	at[name.len] = 0;
	memcpy(at + name.len + 1, value.at, value.len);
	at[need - 1] = 0;
	MHD_add_response_header(as_mhd(response), at, at + name.len + 1);
	if (at != text)
		free(at);
}

bool response_send(struct connection *c, unsigned status, struct response **response)
{
	struct MHD_Response *mhd = as_mhd(take(response));
	bool queued = MHD_queue_response(c->mhd, status, mhd) == MHD_YES;
	MHD_destroy_response(mhd);
	return queued;
}
