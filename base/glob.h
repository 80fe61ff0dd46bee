/* Globs: '*' matches any number of bytes, '?' matches one, every other byte matches itself. Case
 * matters.
 *
 * Takes on the order of glob.len * text.len steps at worst. Threads: any. */
#pragma once

#include "base/slice.h"

/* Whether the glob matches the whole text. */
bool glob_match(struct slice glob, struct slice text);
