/* What makes a request depend on something outside its body: conversations and files kept by the
 * upstream, media behind an address, tools that the upstream runs. Such a request may get another
 * answer tomorrow, so it is never looked up. One table; when unsure, it says outside. Pure. */
#pragma once

#include "cache/canonical.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/verdict.h"

/* The verdict on one member of a request: FINE, or what outside it refers to. */
enum verdict outside_verdict(enum endpoint_family family, const struct canonical_member *member);
