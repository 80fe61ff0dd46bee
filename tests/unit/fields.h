/* Header fields for tests, written as text. */
#pragma once

#include "proxy/header/header_fields.h"

#include <check.h>

/* "Name: value\nName: value\n" as fields that point into the text. */
static inline struct fields fields_of(const char *text)
{
	struct fields f = {0};
	struct slice rest = slice_of(text);
	while (rest.len) {
		struct slice value = slice_cut(&rest, '\n');
		struct slice name = slice_cut(&value, ':');
		ck_assert(f.count < FIELDS_MAX);
		f.at[f.count++] = (struct field){name, value.at ? slice_trim(value) : slice_of("")};
	}
	return f;
}
