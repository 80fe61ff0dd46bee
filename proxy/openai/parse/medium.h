/* Checks for strings that are media (images, audio, files) or tell where one is. All return FINE or
 * REMOTE_MEDIA. Pure; any thread. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/reference.h"
#include "proxy/openai/verdict.h"

/* For a value in an address's place: anything but a data: URL is remote. */
enum verdict medium_address(const struct canonical_member *m);

/* For a value beside or in a medium, which may be an address or a path. */
enum verdict medium_verdict(enum endpoint_family family, const struct canonical_member *m);

/* For a value that should be a medium's bytes, but may also be its name or id. */
enum verdict medium_itself(enum endpoint_family family, const struct canonical_member *m);

/* As medium_itself, for a member named `data`: base64 is accepted however short. */
enum verdict medium_data(enum endpoint_family family, const struct canonical_member *m);

/* For a value under a name that does not suggest an address: remote if it is a URL and nothing
 * else. */
enum verdict medium_other(const struct canonical_member *m, const struct reference *r);
