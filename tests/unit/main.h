/* Included by every unit test: run_suite runs one Check suite and reports in TAP, which meson
 * counts case by case. The environment variable CK_RUN_CASE selects one case. */
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

/* Scales the number of rounds of a random test, or of items of a large one. With a sanitizer an
 * eighth is enough: it checks each access and does not depend on rare values. */
static inline int scaled(int n)
{
#ifdef SANITIZED
	return n / 8;
#else
	return n;
#endif
}

/* Check's limit of four seconds for a case is too short on a busy machine. It is only needed for
 * cases that hang; meson ends the program a little later. */
__attribute__((constructor)) static void raise_timeout(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "300", 0);
}

/* Returns a TCase for cases that need a process of their own, because they abort or measure the
 * process. They are skipped under valgrind, which runs all cases in one process. */
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
