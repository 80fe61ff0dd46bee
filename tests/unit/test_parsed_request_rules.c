/* How the options of the configuration affect a parsed request. */
#include "proxy/openai/parse/parsed_request.h"

#include "tests/unit/main.h"

#define CHAT "/v1/chat/completions"
#define MESSAGES "/v1/messages"
#define PART(part) "{\"messages\":[{\"role\":\"user\",\"content\":[" part "]}]}"

static struct canonical *canonical;

static void set_up(void)
{
	canonical = canonical_create();
}

static void tear_down(void)
{
	canonical_destroy(&canonical);
}

static enum verdict parse(const char *body, const struct parsed_request_options *options,
			  struct buf *form)
{
	struct parsed_request got;
	parsed_request_read(endpoint_find(slice_of("POST"), slice_of(CHAT)), canonical,
			    slice_of(body), options, form, &got);
	return got.verdict;
}

START_TEST(chance_is_seen)
{
	static const struct {
		const char *path;
		const char *body;
		bool sampled;
	} cases[] = {
	    {CHAT, "{}", true},
	    {CHAT, "{\"temperature\":0}", false},
	    {CHAT, "{\"temperature\":-0.00E+5}", false},
	    {CHAT, "{\"temperature\":0.01}", true},
	    {CHAT, "{\"temperature\":1e-9}", true},
	    {CHAT, "{\"temperature\":null}", true},
	    {CHAT, "{\"temperature\":\"0\"}", true},
	    {CHAT, "{\"x\":{\"temperature\":0}}", true},
	    {CHAT, "{\"temperature\":1,\"seed\":7}", false},
	    {CHAT, "{\"seed\":0}", false},
	    {CHAT, "{\"seed\":-1}", true},
	    {CHAT, "{\"seed\":4294967295}", true},
	    {CHAT, "{\"seed\":null}", true},
	    {MESSAGES, "{}", true},
	    {"/v1/embeddings", "{}", false},
	    {"/tokenize", "{}", false},
	};
	const struct parsed_request_options options = {0};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf form = buf_make(1 << 16);
		struct parsed_request got;
		parsed_request_read(endpoint_find(slice_of("POST"), slice_of(cases[i].path)),
				    canonical, slice_of(cases[i].body), &options, &form, &got);
		ck_assert(got.verdict == VERDICT_FINE);
		ck_assert_msg(got.by_chance == cases[i].sampled, "%s", cases[i].body);
		buf_finish(&form);
	}
}
END_TEST

START_TEST(remote_images_count_by_the_rule)
{
	static const char body[] = PART("{\"image_url\":{\"url\":\"https://h/i.png\"}}");
	const struct parsed_request_options defaults = {0}, options = {.remote_images = true};
	struct buf form = buf_make(1 << 16);
	ck_assert(parse(body, &defaults, &form) == VERDICT_REMOTE_MEDIA);
	ck_assert(parse(body, &options, &form) == VERDICT_FINE);
	ck_assert(parse(PART("{\"file_id\":\"f\"}"), &options, &form) == VERDICT_FILE_REFERENCE);
	buf_finish(&form);
}
END_TEST

/* Whether two bodies with the same verdict have the same canonical form. */
static bool same(const char *a, const char *b, const struct parsed_request_options *options)
{
	struct buf one = buf_make(1 << 16), two = buf_make(1 << 16);
	ck_assert(parse(a, options, &one) == VERDICT_FINE);
	ck_assert(parse(b, options, &two) == VERDICT_FINE);
	bool equal = slice_equal(buf_slice(&one), buf_slice(&two));
	buf_finish(&one);
	buf_finish(&two);
	return equal;
}

START_TEST(configured_members_count_again)
{
	const char *const count[] = {"user", "id_slot", "other"};
	const struct parsed_request_options defaults = {0},
					    options = {.count = count, .count_count = 3};
	ck_assert(same("{\"user\":\"a\"}", "{\"user\":\"b\"}", &defaults));
	ck_assert(!same("{\"user\":\"a\"}", "{\"user\":\"b\"}", &options));
	ck_assert(same("{}", "{\"id_slot\":1}", &defaults));
	ck_assert(!same("{}", "{\"id_slot\":1}", &options));
	ck_assert(same("{\"priority\":1}", "{\"request_id\":\"b\"}", &options));
	ck_assert(!same("{\"other\":1}", "{}", &options));
	ck_assert(same("{\"safety_identifier\":\"a\"}", "{\"prompt_cache_key\":\"b\"}", &defaults));
	ck_assert(!same("{\"metadata\":{\"user_id\":\"a\"}}", "{}", &defaults));
	ck_assert(same("{\"client_metadata\":{\"turn_id\":\"a\"}}", "{}", &defaults));
	const char *const all[] = {"safety_identifier", "prompt_cache_key", "client_metadata"};
	const struct parsed_request_options both = {.count = all, .count_count = 3};
	ck_assert(!same("{\"client_metadata\":{\"turn_id\":\"a\"}}", "{}", &both));
	ck_assert(!same("{\"safety_identifier\":\"a\"}", "{}", &both));
	ck_assert(!same("{\"prompt_cache_key\":\"a\"}", "{}", &both));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parsed_request_rules");
	TCase *all = tcase_create("parsed_request_rules");
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, chance_is_seen);
	tcase_add_test(all, remote_images_count_by_the_rule);
	tcase_add_test(all, configured_members_count_again);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
