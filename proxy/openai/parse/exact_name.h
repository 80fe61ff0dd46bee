/* Members whose exact name, or whose exact `type`, tells that a request refers to something outside
 * its body, where the words of the name do not (reference.h). Pure; any thread. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/verdict.h"

/* The verdict on a member of a request at any depth; FINE: its name says nothing. */
enum verdict exact_name(const struct canonical_member *m);
