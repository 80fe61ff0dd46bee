#include "base/memory.h"

#include "tests/unit/main.h"

#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(copies_are_terminated)
{
	char *text = memory_text("abc"), *part = memory_copy("abcdef", 3);
	ck_assert_str_eq(text, part);
	free(text);
	free(part);
	char *empty = memory_copy(NULL, 0);
	ck_assert_str_eq(empty, "");
	free(empty);
}
END_TEST

START_TEST(zeroed_is_zero)
{
	static const char zeros[100];
	char *at = memory_zeroed(sizeof zeros);
	ck_assert_mem_eq(at, zeros, sizeof zeros);
	free(at);
	free(memory_zeroed(0));
}
END_TEST

START_TEST(forgets_nothing)
{
	memory_forget(NULL);
	memory_forget(memory_text(""));
	memory_forget(memory_text("secret"));
}
END_TEST

START_TEST(counts_what_is_occupied)
{
	ck_assert_uint_eq(memory_occupied(NULL), 0);
	void *at = memory_zeroed(1000);
	ck_assert_uint_gt(memory_occupied(at), 1000);
	free(at);
}
END_TEST

START_TEST(a_hidden_process_is_not_dumped)
{
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		bool before = prctl(PR_GET_DUMPABLE) == 1;
		memory_hide();
		_exit(before && prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
	}
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *all = tcase_create("memory");
	tcase_add_test(all, copies_are_terminated);
	tcase_add_test(all, zeroed_is_zero);
	tcase_add_test(all, forgets_nothing);
	tcase_add_test(all, counts_what_is_occupied);
	tcase_add_test(all, a_hidden_process_is_not_dumped);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
