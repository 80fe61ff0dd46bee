/* How one value gets into its member. Private to assign.c and to those of its files that read lists
 * of mappings.
 *
 * Threads: one at a time. */
#pragma once

#include "config/assign.h"

/* One option, or a part of an item of one, on its way. */
struct task {
	const struct option *option;
	const char *where; /* what faults name: "cache.ttl", "auth.keys[2].rate" */
	void *member;
	const struct source *from;
	struct error_list *faults;
};

/* Puts a text, checked, into the member; or false with a sentence, and the member as it was. */
typedef bool (*task_setter)(const struct task *, const char *text, struct error_text *why);

/* A node that has to be one text, its variables replaced, given to the setter. False: refused. */
bool task_single(const struct task *t, const struct node *n, task_setter set);

/* Three setters: of what is counted or measured, of an enum, and of a text. */
bool task_measure(const struct task *t, const char *text, struct error_text *why);
bool task_choice(const struct task *t, const char *text, struct error_text *why);
bool task_text(const struct task *t, const char *text, struct error_text *why);

/* Adds a fault about the node. Returns false. */
bool task_refuse(const struct task *t, const struct node *n, const char *what);

/* ## Checks of texts. False: a sentence. */

/* Control bytes would break lines wherever the text is shown or sent. */
bool check_plain(const char *text, size_t longest, struct error_text *why);

/* A token (RFC 9110 §5.6.2), in which these other characters may stand too. */
bool is_token(const char *text, const char *others);

bool check_name(const char *text, struct error_text *why);

/* It travels in a header; and it is a secret, so that no sentence quotes it. */
bool check_secret(const char *text, struct error_text *why);

/* ## Kinds of their own */

/* The member is a struct config_keys. */
bool assign_keys(const struct task *t, const struct node *n);

/* The member is a struct config_rules. */
bool assign_rules(const struct task *t, const struct node *n);
