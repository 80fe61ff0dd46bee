/* Parses the subset of YAML that a configuration needs: mappings, lists and texts in one document.
 * Refuses anchors, aliases, tags, keys that are not texts, tabs in the indentation, NUL, invalid
 * UTF-8, trees deeper than NODE_DEPTH and more than 4096 nodes. Quoted or not, a scalar is a text,
 * which the option interprets.
 *
 * Threads: any. */
#pragma once

#include "config/error_list.h"
#include "config/node.h"

/* Returns the tree, a mapping that the caller owns; an empty text makes an empty mapping. Returns
 * NULL if the text could not be parsed to its end. A tree may be returned in spite of errors, so
 * that the caller can find more of them. name: the file's, for errors. */
struct node *yaml_read(const char *name, struct slice text, struct error_list *errors);

/* Parses a single value, as for --set: [a, {b: c}]. An empty text makes an empty list. Returns NULL
 * and adds errors if it could not be parsed. */
struct node *yaml_read_value(const char *name, const char *text, struct error_list *errors);
