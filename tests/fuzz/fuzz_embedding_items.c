/* Any bytes as an upstream's answer; the first byte says to how many inputs. What is understood is
 * written again in both codings, is understood again, and has the same vectors. */
#include "proxy/openai/embeddings/embedding_items.h"

#include "base/ensure.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/embeddings/embedding_vector.h"
#include "tests/fuzz/fuzz.h"

static void write_all(const struct embedding_items *items, size_t count, enum coding coding,
		      struct buf *out)
{
	struct embedding_item first = embedding_items_at(items, 0);
	ensure(embedding_item_begin(&first, out));
	for (size_t i = 0; i < count; i++) {
		struct embedding_item item = embedding_items_at(items, i);
		ensure(i == 0 || buf_append_byte(out, ','));
		ensure(embedding_item_write(&item, coding, i, out));
	}
	ensure(embedding_item_end(1, out));
}

static void check_packed(const struct embedding_item *item)
{
	scoped(buf_finish) struct buf packed = buf_make(SIZE_MAX / 2);
	ensure(embedding_item_pack(item, &packed));
	struct embedding_item back = embedding_item_unpack(buf_slice(&packed));
	ensure(slice_equal(back.top, item->top) && slice_equal(back.members, item->members));
	ensure(slice_equal(back.vector, item->vector) && back.prompt == item->prompt);
}

static void check_again(const struct embedding_items *items, size_t count, enum coding coding)
{
	scoped(buf_finish) struct buf out = buf_make(SIZE_MAX / 2);
	scoped(embedding_items_destroy) struct embedding_items *again = NULL;
	write_all(items, count, coding, &out);
	struct embedding_items_options options = {.expected = count, .member = "embedding"};
	ensure(embedding_items_read(buf_slice(&out), &options, &again) == VERDICT_FINE);
	for (size_t i = 0; i < count; i++) {
		struct embedding_item a = embedding_items_at(items, i);
		struct embedding_item b = embedding_items_at(again, i);
		check_packed(&a);
		/* A text is rounded in base64. */
		ensure((a.text && coding == CODING_BASE64) || slice_equal(a.vector, b.vector));
		ensure(slice_equal(a.members, b.members) && slice_equal(a.top, b.top));
	}
}

/* What is taken apart is fine as a whole, too; and what is fine as a whole is valid JSON, if its
 * numbers are few enough for that to be asked. */
static void check_whole(struct slice body, bool taken_apart)
{
	scoped(embedding_items_destroy) struct embedding_items *items = NULL;
	struct embedding_items_options options = {.expected = ITEMS_ANY, .member = "embedding"};
	enum verdict verdict = embedding_items_read(body, &options, &items);
	ensure(verdict == VERDICT_FINE || !taken_apart);
	ensure(verdict != VERDICT_FINE || json_valid(body));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	if (len < 1)
		return 0;
	size_t count = at[0] % 8;
	scoped(embedding_items_destroy) struct embedding_items *items = NULL;
	struct embedding_items_options options = {.expected = count, .member = "embedding"};
	struct slice body = slice_make(at + 1, len - 1);
	bool apart = embedding_items_read(body, &options, &items) == VERDICT_FINE;
	check_whole(body, apart);
	if (!apart)
		return 0;
	check_again(items, count, CODING_FLOAT);
	check_again(items, count, CODING_BASE64);
	return 0;
}
