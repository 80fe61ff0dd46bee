#include "proxy/openai/parse/deletion.h"

#include "base/buf.h"
#include "tests/unit/main.h"

static const struct {
	const char *method;
	const char *path;
	const char *body;
	const char *ids; /* each followed by a space */
} requests[] = {
    {"DELETE", "/v1/responses/resp_1", "", "resp_1 responses "},
    {"DELETE", "/openai/v1/responses/resp_1/", "", "resp_1 responses "},
    {"DELETE", "/v1/chat/completions/chatcmpl%2D1%zz", "", "chatcmpl-1%zz completions "},
    {"DELETE", "/a/b/c/d/e//f/g//", "", "g f "},
    {"DELETE", "/a", "", "a "},
    {"DELETE", "/", "", ""},
    {"DELETE", "", "", ""},
    {"GET", "/v1/responses/resp_1", "", ""},
    {"POST", "/v1/responses/resp_1/cancel", "", ""},
    {"POST", "/v1/chat/completions/control", "{\"id\":\"c\",\"action\":\"reasoning_end\"}", "c "},
    {"POST", "/v1/chat/completions/control//", "{\"id\":\"c\"}", "c "},
    {"POST", "/v1/chat/completions/control", "{\"id\":5}", ""},
    {"POST", "/v1/chat/completions/control", "{", ""},
    {"POST", "/v1/chat/completions/control", "", ""},
    {"POST", "/door/control", "{\"id\":\"c\"}", ""},
    {"POST", "/v1/chat/completions", "{\"id\":\"c\"}", ""},
};

static void note(void *context, struct slice id)
{
	ck_assert(buf_printf(context, "%.*s ", SLICE_FMT(id)));
}

START_TEST(what_is_deleted)
{
	struct buf ids = buf_make(1000);
	deletion_read(slice_of(requests[_i].method), slice_of(requests[_i].path),
		      slice_of(requests[_i].body), note, &ids);
	ck_assert_msg(slice_is(buf_slice(&ids), requests[_i].ids), "%.*s",
		      SLICE_FMT(buf_slice(&ids)));
	buf_finish(&ids);
}
END_TEST

START_TEST(long_bodies_say_none)
{
	enum { MOST = 64 << 10 };
	struct slice path = slice_of("/v1/chat/completions/control");
	struct buf ids = buf_make(1000);
	struct buf body = buf_make(2 * MOST);
	ck_assert(buf_append_slice(&body, slice_of("{\"id\":\"c\"}")));
	while (body.len < MOST)
		ck_assert(buf_append_byte(&body, ' '));
	deletion_read(slice_of("POST"), path, buf_slice(&body), note, &ids);
	ck_assert(slice_is(buf_slice(&ids), "c "));
	buf_clear(&ids);
	ck_assert(buf_append_byte(&body, ' '));
	deletion_read(slice_of("POST"), path, buf_slice(&body), note, &ids);
	ck_assert_uint_eq(ids.len, 0);
	buf_finish(&body);
	buf_finish(&ids);
}
END_TEST

START_TEST(long_segments_are_no_ids)
{
	struct buf path = buf_make(1000);
	struct buf ids = buf_make(1000);
	for (int i = 0; i < 257; i++)
		ck_assert(buf_append_byte(&path, i ? 'a' : '/'));
	deletion_read(slice_of("DELETE"), buf_slice(&path), slice_of(""), note, &ids);
	ck_assert_uint_eq(ids.len, 257);
	buf_clear(&ids);
	ck_assert(buf_append_byte(&path, 'a'));
	deletion_read(slice_of("DELETE"), buf_slice(&path), slice_of(""), note, &ids);
	ck_assert_uint_eq(ids.len, 0);
	buf_finish(&path);
	buf_finish(&ids);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deletion");
	TCase *all = tcase_create("deletion");
	tcase_add_loop_test(all, what_is_deleted, 0, sizeof(requests) / sizeof(requests[0]));
	tcase_add_test(all, long_bodies_say_none);
	tcase_add_test(all, long_segments_are_no_ids);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
