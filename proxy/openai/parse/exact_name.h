/* Members whose exact name, or exact `type`, shows that a request refers to external state where
 * the words of the name do not (reference.h). Pure; any thread. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/verdict.h"

/* Returns the verdict on a member of a request at any depth. FINE: its name shows nothing. */
enum verdict exact_name(const struct canonical_member *m);
