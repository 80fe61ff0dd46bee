/* Assigns one value to its member. Private to config/assign*.c.
 *
 * Threads: one at a time. */
#pragma once

#include "config/assign.h"

/* The assignment of one option, or of one part of a list item. */
struct task {
	const struct option *option;
	const char *where; /* the name in errors: "cache.ttl", "auth.keys[2].rate" */
	void *member;
	const struct source *from;
	struct error_list *errors;
};

/* Checks a text and assigns it to the member. On failure returns false, sets *why and leaves the
 * member unchanged. */
typedef bool (*task_setter)(const struct task *, const char *text, struct error_text *why);

/* Replaces the variables in a node, which must be a text, and calls the setter with the result.
 * Returns false if the node is not a text or the setter failed; the error has then been added. */
bool task_single(const struct task *t, const struct node *n, task_setter set);

/* Setters: for numbers, sizes, durations and percentages; for enums; for texts. */
bool task_measure(const struct task *t, const char *text, struct error_text *why);
bool task_choice(const struct task *t, const char *text, struct error_text *why);
bool task_text(const struct task *t, const char *text, struct error_text *why);

/* Returns a copy of the node's text with its variables replaced. The caller frees it with free(),
 * or with memory_forget if it is a secret. Returns NULL and adds an error if the node is not a
 * text. */
char *task_value(const struct task *t, const struct node *n);

/* Adds an error about the node. Returns false. */
bool task_refuse(const struct task *t, const struct node *n, const char *what);

/* ## Checks of texts. They return false and set *why. */

/* Refuses control bytes, which would break lines wherever the text is shown or sent, invalid UTF-8
 * and texts of more than `longest` bytes. */
bool check_plain(const char *text, size_t longest, struct error_text *why);

/* Whether the text is a token (RFC 9110 §5.6.2). The characters in `others` are permitted, too. */
bool is_token(const char *text, const char *others);

bool check_name(const char *text, struct error_text *why);

/* A secret that is sent in a header. *why never quotes it. */
bool check_secret(const char *text, struct error_text *why);

/* ## Lists of mappings */

/* The member is a struct config_upstreams. */
bool assign_upstreams(const struct task *t, const struct node *n);

/* The member is a struct config_keys. */
bool assign_keys(const struct task *t, const struct node *n);

/* The member is a struct config_rules. */
bool assign_rules(const struct task *t, const struct node *n);
