/* Answers to be judged, each with its verdict. */
#pragma once

#include "tests/unit/answers.h"

struct document {
	const char *path;
	const char *body;
	enum verdict verdict;
};

/* Each is judged in portions of several sizes. */
static inline void check_documents(const struct document *cases, size_t count, enum wire_form form)
{
	for (size_t i = 0; i < count; i++) {
		struct slice body = slice_of(cases[i].body);
		for (size_t most = 1; most < 100; most *= 7) {
			struct buf kept = buf_make(LIMIT);
			struct judge_options options = {
			    .endpoint = at(cases[i].path),
			    .form = form,
			    .limit_bytes = LIMIT,
			    .on_event = keep,
			    .context = &kept,
			};
			enum verdict got = judge(&options, body, most);
			ck_assert_msg(got == cases[i].verdict, "%s: %s", cases[i].body,
				      verdict_text(got));
			ck_assert(got != VERDICT_FINE || kept.len > 0);
			buf_finish(&kept);
		}
	}
}
