/* API keys: Reprise's own keys (auth.keys), each with its tenant, namespace and limits. Only keyed
 * hashes of the keys are kept.
 *
 * Threads: create and destroy while no worker runs, the rest any. The limits of a key apply to all
 * workers together. */
#pragma once

#include "cache/key/fingerprint.h"
#include "config/config.h"
#include "proxy/failure.h"
#include "proxy/header/header_fields.h"

struct api_keys;
struct api_key;

/* NULL: the list is empty, and requests need no key. Copies what it needs; the caller may erase the
 * secrets (config_forget_keys). */
struct api_keys *api_keys_create(const struct config_keys *keys);

/* No request may be running. */
void api_keys_destroy(struct api_keys **k);

/* The key that a request presents in Authorization: Bearer (RFC 6750 §2.1), X-Api-Key or Api-Key.
 * NULL: an unknown key, no key, or several different ones; the time it takes does not depend on
 * which. */
struct api_key *api_keys_find(struct api_keys *k, struct hasher *hasher,
			      const struct fields *fields);

/* The text of the presented key, known or not. Empty: none, or several different ones; no key is
 * empty. */
struct slice api_keys_presented(const struct fields *fields);

/* Constant; lives as long as the api_keys. */
struct slice api_key_tenant(const struct api_key *key);

/* The key's namespace, or `otherwise` if it has none or key is NULL. */
const char *api_key_space(const struct api_key *key, const char *otherwise);

/* Counts a request that begins. FAILURE_NONE: it counts as running until api_key_leave. Otherwise a
 * limit is reached, nothing was counted, and *ret_retry_ms says when to try again.
 *
 * rate is a token bucket of that many requests, refilled evenly within a minute: so many may come
 * at once, and on average no more per minute. now_ms: from a monotonic clock. */
MUST_CHECK enum failure api_key_enter(struct api_key *key, int64_t now_ms, int64_t *ret_retry_ms);

/* Counts the end of a request that entered. NULL is fine. */
void api_key_leave(struct api_key *key);
