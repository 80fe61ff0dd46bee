/* A certificate: what we show TLS clients, with its key, in the library's terms. It can be
 * exchanged while it is in use: connections that there are keep what they have, new ones get the
 * new one. TLS 1.2 and 1.3; of protocols above it, HTTP/1.1.
 *
 * Threads: any. */
#pragma once

#include "base/error_text.h"

struct certificate;
struct ssl_st;

/* Files in PEM: the certificate with those that vouch for it behind it, and its key without a
 * password. NULL with a fault that names option and file: unreadable, no PEM, the key of another …
 */
struct certificate *certificate_create(const char *cert, const char *key, struct error_text *why);
void certificate_destroy(struct certificate **c);

/* Reads the same files again. False with a fault: all stays as it was. */
bool certificate_reload(struct certificate *c, struct error_text *why);

/* The server's side of a new connection on a non-blocking socket, which stays the caller's; to be
 * given to SSL_free. NULL: memory. */
struct ssl_st *certificate_session(struct certificate *c, int fd);
