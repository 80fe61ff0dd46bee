#include "proxy/openai/embeddings/embedding_item.h"
#include "cache/key/json_scan.h"
#include "tests/unit/main.h"

enum { LIMIT = 1 << 16 };

static const float numbers[] = {0.5f, -0.1f};

static struct embedding_item plain_item(void)
{
	return (struct embedding_item){
	    .prompt = 3,
	    .top = slice_of("\"object\":\"list\",\"model\":\"m\""),
	    .members = slice_of("\"object\":\"embedding\""),
	    .vector = slice_make(numbers, sizeof numbers),
	};
}

static struct embedding_item text_item(void)
{
	struct embedding_item item = plain_item();
	item.text = true;
	item.vector = slice_of("[0.5,0.123456789]");
	return item;
}

static void check_equal(const struct embedding_item *a, const struct embedding_item *b)
{
	ck_assert(a->text == b->text && a->tells_coding == b->tells_coding);
	ck_assert(a->prompt == b->prompt);
	ck_assert(slice_equal(a->top, b->top));
	ck_assert(slice_equal(a->members, b->members));
	ck_assert(slice_equal(a->vector, b->vector));
}

START_TEST(packed_and_unpacked)
{
	for (int i = 0; i < 8; i++) {
		scoped(buf_finish) struct buf packed = buf_make(LIMIT);
		struct embedding_item item = i & 1 ? text_item() : plain_item();
		item.tells_coding = i & 2;
		if (i & 4) {
			item.prompt = -1;
			item.top = item.members = slice_of("");
		}
		ck_assert(embedding_item_pack(&item, &packed));
		struct embedding_item back = embedding_item_unpack(buf_slice(&packed));
		check_equal(&item, &back);
	}
}
END_TEST

static void check_written(const struct embedding_item *item, enum coding coding,
			  const char *expected)
{
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	ck_assert(embedding_item_write(item, coding, 7, &out));
	ck_assert(json_valid(buf_slice(&out)));
	ck_assert_msg(slice_is(buf_slice(&out), expected), "%.*s", SLICE_FMT(buf_slice(&out)));
}

START_TEST(written_in_both_codings)
{
	struct embedding_item item = plain_item();
	check_written(&item, CODING_FLOAT,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":[0.5,-0.1]}");
	check_written(&item, CODING_BASE64,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":\"AAAAP83MzL0=\"}");
	item.tells_coding = true;
	check_written(&item, CODING_FLOAT,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":[0.5,-0.1]}");
	check_written(&item, CODING_BASE64,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":\"AAAAP83MzL0=\","
		      "\"encoding_format\":\"base64\"}");
	item.members = slice_of("");
	check_written(&item, CODING_FLOAT, "{\"index\":7,\"embedding\":[0.5,-0.1]}");
}
END_TEST

START_TEST(text_is_kept_and_rounded)
{
	struct embedding_item item = text_item();
	check_written(&item, CODING_FLOAT,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":[0.5,0.123456789]}");
	check_written(&item, CODING_BASE64,
		      "{\"object\":\"embedding\",\"index\":7,\"embedding\":\"AAAAP+rW/D0=\"}");
}
END_TEST

START_TEST(a_whole_answer)
{
	struct embedding_item item = plain_item();
	scoped(buf_finish) struct buf out = buf_make(LIMIT);
	ck_assert(embedding_item_begin(&item, &out) &&
		  embedding_item_write(&item, CODING_FLOAT, 0, &out) &&
		  embedding_item_end(9, &out));
	ck_assert(
	    slice_is(buf_slice(&out),
		     "{\"object\":\"list\",\"model\":\"m\",\"data\":[{\"object\":\"embedding\","
		     "\"index\":0,\"embedding\":[0.5,-0.1]}],\"usage\":{\"prompt_tokens\":9,"
		     "\"total_tokens\":9}}"));
}
END_TEST

START_TEST(full)
{
	struct embedding_item item = plain_item();
	scoped(buf_finish) struct buf small = buf_make(20);
	ck_assert(!embedding_item_pack(&item, &small));
	ck_assert_uint_eq(small.len, 0);
	ck_assert(!embedding_item_write(&item, CODING_FLOAT, 0, &small));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("embedding_item");
	TCase *c = tcase_create("embedding_item");
	tcase_add_test(c, packed_and_unpacked);
	tcase_add_test(c, written_in_both_codings);
	tcase_add_test(c, text_is_kept_and_rounded);
	tcase_add_test(c, a_whole_answer);
	tcase_add_test(c, full);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
