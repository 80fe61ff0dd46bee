/* Globs: '*' is any number of bytes, '?' is one, all others are themselves. Case counts.
 *
 * Takes at most glob.len * text.len steps, whatever stands in them. Any thread. */
#pragma once

#include "base/slice.h"

/* Whether all of the text is as the glob says. */
bool glob_match(struct slice glob, struct slice text);
