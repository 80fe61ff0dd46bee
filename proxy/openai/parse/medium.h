/* Texts that are media, or tell where one is. All give FINE, or REMOTE_MEDIA. Pure; any thread. */
#pragma once

#include "cache/key/canonical.h"
#include "proxy/openai/endpoint.h"
#include "proxy/openai/parse/reference.h"
#include "proxy/openai/verdict.h"

/* A value in an address's place: nothing but data: carries its bytes along. */
enum verdict medium_address(const struct canonical_member *m);

/* A value beside or in a medium, which may be an address or a path. */
enum verdict medium_verdict(enum endpoint_family family, const struct canonical_member *m);

/* A value that should be a medium's bytes: it may be its name or its id, too. */
enum verdict medium_itself(enum endpoint_family family, const struct canonical_member *m);

/* The same of a value that is called data, in which short base64 is believed, too. */
enum verdict medium_data(enum endpoint_family family, const struct canonical_member *m);

/* A value that is an address and nothing else, under a name that says nothing of it. */
enum verdict medium_other(const struct canonical_member *m, const struct reference *r);
