/* Reads the part of YAML that a configuration needs into a tree: mappings, lists and texts in one
 * document. Anchors and aliases, tags, keys that are not texts, tabs in the indentation, NUL and
 * what is not UTF-8 are refused; so is a tree deeper than NODE_DEPTH or of more than 4096 nodes.
 * Quoted or not, a scalar is a text: what it means is for the option to say.
 *
 * Threads: any. */
#pragma once

#include "config/error_list.h"
#include "config/node.h"

/* The tree, a mapping; an empty text is an empty one. NULL when the text could not be read to its
 * end. A tree may come with faults, too: then it is good for finding more of them.
 * name: of the file, for the faults. */
struct node *yaml_read(const char *name, struct slice text, struct error_list *f);

/* A value alone, as --set has it: [a, {b: c}]. An empty text is an empty list. NULL: it could not
 * be read, and the faults say why. */
struct node *yaml_read_value(const char *name, const char *text, struct error_list *f);
