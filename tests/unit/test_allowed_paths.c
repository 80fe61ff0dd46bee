#include "proxy/request/allowed_paths.h"

#include "tests/unit/fields.h"
#include "tests/unit/main.h"

static char star[] = "*", files[] = "/v1/files*", health[] = "/health";

static bool permits(char *first, char *second, const char *path)
{
	char *items[] = {first, second};
	struct config_list list = {.count = first ? second ? 2 : 1 : 0, .items = items};
	return allowed_paths_permit(&list, slice_of(path));
}

START_TEST(permits_what_is_named)
{
	ck_assert(permits(files, health, "/v1/files"));
	ck_assert(permits(files, health, "/v1/files/file-1/content"));
	ck_assert(permits(files, health, "/v1/files/"));
	ck_assert(permits(files, health, "/health"));
	ck_assert(!permits(files, health, "/healthy"));
	ck_assert(!permits(files, health, "/slots"));
	ck_assert(!permits(files, health, "/"));
	ck_assert(!permits(NULL, NULL, "/health"));
	ck_assert(permits(star, NULL, "/slots"));
	ck_assert(permits(star, NULL, "*"));
	ck_assert(permits(star, NULL, "/a/../b//%2e"));
	ck_assert(permits(health, star, "/slots"));
}
END_TEST

START_TEST(permits_nothing_that_may_be_another_path)
{
	static const char *const odd[] = {
	    "/v1/files/../../slots",
	    "/v1/files/..",
	    "/v1/files/./x",
	    "/v1/files//x",
	    "/v1/files/%2e%2e/x",
	    "/v1/files%2fx",
	    "/v1/files/..\\slots",
	    "/v1/files;x",
	    "/v1/files/..;/slots",
	    "//v1/files",
	    "*",
	};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		ck_assert_msg(!permits(files, NULL, odd[i]), "%s", odd[i]);
	ck_assert(permits(files, NULL, "/v1/files/a..b"));
}
END_TEST

START_TEST(empty_segments_are_clear)
{
	ck_assert(allowed_paths_are_clear(slice_of("//v1//chat/completions/")));
	ck_assert(allowed_paths_are_clear(slice_of("/openai/deployments/a..b/chat/completions")));
	ck_assert(
	    !allowed_paths_are_clear(slice_of("/openai/deployments/..%2f..%2fslots/embeddings")));
	ck_assert(!allowed_paths_are_clear(slice_of("/openai/deployments/../embeddings")));
	ck_assert(!allowed_paths_are_clear(slice_of("/openai/deployments/.")));
	ck_assert(!allowed_paths_are_clear(slice_of("v1/embeddings")));
	ck_assert(!allowed_paths_are_clear(slice_of("")));
}
END_TEST

START_TEST(sees_other_paths_in_fields)
{
	struct fields f = fields_of("Host: x\nx-original-url: /slots\n");
	ck_assert(allowed_paths_are_overridden(&f));
	f = fields_of("X-Rewrite-URL: /slots\n");
	ck_assert(allowed_paths_are_overridden(&f));
	f = fields_of("Host: x\nX-Forwarded-Host: y\n");
	ck_assert(!allowed_paths_are_overridden(&f));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("allowed_paths");
	TCase *all = tcase_create("allowed_paths");
	tcase_add_test(all, permits_what_is_named);
	tcase_add_test(all, permits_nothing_that_may_be_another_path);
	tcase_add_test(all, empty_segments_are_clear);
	tcase_add_test(all, sees_other_paths_in_fields);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
