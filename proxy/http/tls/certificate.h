/* The server certificate and its key, in an OpenSSL context. It can be replaced while in use:
 * existing connections keep the old one, new connections get the new one. TLS 1.2 and 1.3; by ALPN
 * only HTTP/1.1.
 *
 * Threads: any. */
#pragma once

#include "base/error_text.h"

struct certificate;
struct ssl_st;

/* Reads PEM files: the certificate followed by its chain, and its key without a password. NULL with
 * an error that names option and file: unreadable, not PEM, a key that does not match … */
struct certificate *certificate_create(const char *cert, const char *key, struct error_text *why);
void certificate_destroy(struct certificate **c);

/* Whether the PEM file holds certificates that can vouch for another's; an empty path is accepted.
 * False with an error that names the file. */
MUST_CHECK bool certificate_check_authorities(const char *path, struct error_text *why);

/* Reads the same files again. False with an error: the old certificate stays in use. */
bool certificate_reload(struct certificate *c, struct error_text *why);

/* The server's side of a new TLS connection on a non-blocking socket, which the caller keeps. The
 * caller frees it with SSL_free. NULL: out of memory. */
struct ssl_st *certificate_session(struct certificate *c, int fd);
