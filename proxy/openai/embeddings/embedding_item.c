#include "proxy/openai/embeddings/embedding_item.h"

#include "base/ensure.h"
#include "cache/store/leb128.h"
#include "proxy/openai/embeddings/embedding_vector.h"

#include <inttypes.h>

enum { FLAG_TEXT = 1, FLAG_TELLS_CODING = 2 };

/* ## Packing */

bool embedding_item_pack(const struct embedding_item *item, struct buf *out)
{
	size_t need = 1 + 3 * LEB128_BYTES + item->top.len + item->members.len + item->vector.len;
	if (!buf_reserve(out, need))
		return false;
	char *at = out->at + out->len;
	*at++ = (char)((item->text ? FLAG_TEXT : 0) | (item->tells_coding ? FLAG_TELLS_CODING : 0));
	at = leb128_put(at, (size_t)(item->prompt + 1));
	const struct slice *parts[] = {&item->top, &item->members};
	for (size_t i = 0; i < 2; i++) {
		at = leb128_put(at, parts[i]->len);
		at = (char *)mempcpy(at, parts[i]->at, parts[i]->len);
	}
	at = (char *)mempcpy(at, item->vector.at, item->vector.len);
	out->len = (size_t)(at - out->at);
	return true;
}

static struct slice unpack_part(const char **at)
{
	size_t len = leb128_get(at);
	struct slice part = slice_make(*at, len);
	*at += len;
	return part;
}

struct embedding_item embedding_item_unpack(struct slice packed)
{
	ensure(packed.len > 0);
	const char *at = packed.at;
	char flags = *at++;
	struct embedding_item item = {
	    .text = flags & FLAG_TEXT,
	    .tells_coding = flags & FLAG_TELLS_CODING,
	    .prompt = (int64_t)leb128_get(&at) - 1,
	};
	item.top = unpack_part(&at);
	item.members = unpack_part(&at);
	ensure(at <= packed.at + packed.len);
	item.vector = slice_make(at, (size_t)(packed.at + packed.len - at));
	return item;
}

/* ## Writing */

bool embedding_item_begin(const struct embedding_item *item, struct buf *out)
{
	return buf_append_byte(out, '{') && buf_append_slice(out, item->top) &&
	       buf_append_text(out, item->top.len ? ",\"data\":[" : "\"data\":[");
}

/* `list` was accepted by embedding_vector_read_list before. */
static bool write_rounded(struct slice list, struct buf *out)
{
	scoped(buf_finish) struct buf numbers = buf_make(list.len * EMBEDDING_VECTOR_NUMBER);
	bool survives;
	long len = embedding_vector_read_list(slice_after(list, 1), &numbers, &survives);
	return len >= 0 && embedding_vector_write_base64(buf_slice(&numbers), out);
}

static bool write_vector(const struct embedding_item *item, enum coding coding, struct buf *out)
{
	if (coding == CODING_BASE64)
		return item->text ? write_rounded(item->vector, out)
				  : embedding_vector_write_base64(item->vector, out);
	return item->text ? buf_append_slice(out, item->vector)
			  : embedding_vector_write_list(item->vector, out);
}

bool embedding_item_write(const struct embedding_item *item, enum coding coding, size_t index,
			  struct buf *out)
{
	bool tells = item->tells_coding && coding == CODING_BASE64;
	return buf_append_byte(out, '{') && buf_append_slice(out, item->members) &&
	       buf_printf(out, "%s\"index\":%zu,\"embedding\":", item->members.len ? "," : "",
			  index) &&
	       write_vector(item, coding, out) &&
	       buf_append_text(out, tells ? ",\"encoding_format\":\"base64\"}" : "}");
}

bool embedding_item_end(int64_t prompt, struct buf *out)
{
	return buf_printf(
	    out, "],\"usage\":{\"prompt_tokens\":%" PRId64 ",\"total_tokens\":%" PRId64 "}}",
	    prompt, prompt);
}
