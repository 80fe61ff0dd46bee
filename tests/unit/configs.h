/* Loads configurations for tests: from a text as the file "f", and from other sources. */
#pragma once

#include "config/load.h"
#include "tests/unit/main.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])
#define TEXTS(...)                                                                                 \
	{                                                                                          \
		.count = COUNT_OF(((const char *const[]){__VA_ARGS__})),                           \
		.items = (const char *const[])                                                     \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define ENVIRONMENT(...)                                                                           \
	(char *const[])                                                                            \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static inline struct config_sources file(const char *text)
{
	return (struct config_sources){.file = "f", .text = slice_of(text)};
}

/* Returns the configuration, which must be valid. */
static inline struct config *load(struct config_sources sources)
{
	scoped(buf_finish) struct buf errors = buf_make(65536);
	struct config *c = config_load(&sources, &errors);
	ck_assert_msg(c != NULL, "%.*s", SLICE_FMT(buf_slice(&errors)));
	ck_assert_uint_eq(errors.len, 0);
	return c;
}

/* Returns the error lines of a configuration that must be invalid; the caller frees them with
 * free().
 */
static inline char *refused(struct config_sources sources)
{
	struct buf errors = buf_make(65536);
	scoped(config_unref) struct config *c = config_load(&sources, &errors);
	ck_assert_ptr_null(c);
	ck_assert(buf_append_byte(&errors, 0));
	return buf_take(&errors);
}

static inline void check_refused(struct config_sources sources, const char *lines)
{
	char *got = refused(sources);
	ck_assert_str_eq(got, lines);
	free(got);
}
