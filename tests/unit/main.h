/* The main function of every unit test: runs one Check suite and reports in TAP, which meson
 * counts case by case. Environment CK_RUN_CASE chooses one case. */
#pragma once

#include <check.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* So many rounds of a random test, or items of a large one; a sanitizer, which looks at each access
 * and not for rare numbers, sees as much in an eighth of them. */
static inline int so_many(int n)
{
#ifdef SANITIZED
	return n / 8;
#else
	return n;
#endif
}

/* Check ends a case after four seconds, which some need on a busy machine. The limit is there
 * for what hangs; meson ends the program a little later. */
__attribute__((constructor)) static void be_patient(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "300", 0);
}

/* For cases that need a process of their own: that it aborts, or how much it has of something.
 * Under valgrind there is none, and they are left out. */
static inline TCase *process_cases(Suite *suite)
{
	TCase *cases = tcase_create("process");
	tcase_set_tags(cases, "process");
	suite_add_tcase(suite, cases);
	return cases;
}

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
