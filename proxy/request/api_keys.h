/* A keyring: Reprise's own keys (auth.keys), each with the tenant it belongs to and the limits it
 * has. Of the keys themselves only keyed hashes are here.
 *
 * Threads: create and destroy while no worker runs; all else any thread, for the limits of a key
 * are those of all workers together. */
#pragma once

#include "cache/key/fingerprint.h"
#include "config/config.h"
#include "proxy/failure.h"
#include "proxy/header/header_fields.h"

struct api_keys;
struct api_key;

/* NULL: there is no key in the list, and none is asked for. Copies what it needs; the secrets may
 * be forgotten (config_forget_keys). */
struct api_keys *api_keys_create(const struct config_keys *keys);

/* No request may be under way. */
void api_keys_destroy(struct api_keys **k);

/* The key that a request presents: as Authorization: Bearer (RFC 6750 §2.1), X-Api-Key or Api-Key.
 * NULL: it is none of ours, or there is none, or several that are not the same; how long it took
 * does not tell which. */
struct api_key *api_keys_find(struct api_keys *k, struct namer *namer, const struct fields *fields);

/* What stands where keys are presented. Empty: nothing, or several that differ; no key is empty. */
struct slice api_keys_presented(const struct fields *fields);

/* Constant, and lives as long as the keyring. */
struct slice api_key_tenant(const struct api_key *key);

/* The key's namespace, or the other one if it has none or is NULL. */
const char *api_key_space(const struct api_key *key, const char *otherwise);

/* A request begins. FAILURE_NONE: it counts as one under way until key_leave. Else a limit is
 * reached, nothing was counted, and *ret_retry_ms says after how long to try again.
 *
 * rate is a bucket of so many requests that fills evenly, once a minute: so many may come at once,
 * and on average no more. now_ms: of a clock that never steps. */
MUST_CHECK enum failure api_key_enter(struct api_key *key, int64_t now_ms, int64_t *ret_retry_ms);

/* The request that entered has ended. NULL is fine. */
void api_key_leave(struct api_key *key);
