#include "proxy/http/tls/certificate.h"

#include "base/memory.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct certificate {
	/* constant after create */
	char *cert;
	char *key;
	pthread_mutex_t mu;
	SSL_CTX *context; /* guarded by mu; reference-counted by OpenSSL */
};

static const char *first_reason(void)
{
	unsigned long code = ERR_peek_error();
	/* The reason of a system error is its errno. */
	const char *reason =
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
	return reason ? reason : "unusable";
}

/* ## Why a file is no good: better than the library says it */

enum { LOOKED_INTO = 64 * 1024 };

/* What is written between the dashes where something begins (RFC 7468 §2). */
struct found {
	int error; /* it could not be read: errno */
	bool certificate;
	bool key;
	bool locked; /* by a password */
};

static struct found look_into(const char *path)
{
	struct found found = {0};
	FILE *file = fopen(path, "re");
	if (!file) {
		found.error = errno;
		return found;
	}
	char *text = memory_zeroed(LOOKED_INTO + 1);
	size_t len = fread(text, 1, LOOKED_INTO, file);
	found.error = ferror(file) ? errno : 0;
	fclose(file);
	found.certificate = memmem(text, len, "CERTIFICATE-----", 16) != NULL;
	found.key = memmem(text, len, "PRIVATE KEY-----", 16) != NULL;
	found.locked = memmem(text, len, "BEGIN ENCRYPTED", 15) != NULL ||
		       memmem(text, len, "ENCRYPTED\n", 10) != NULL;
	explicit_bzero(text, len); /* it may be a key */
	free(text);
	return found;
}

static const char *say_error(const char *path, int error)
{
	return path[0] == '~' && error == ENOENT
		   ? "No such file or directory: a ~ does not stand for a home here"
		   : strerror(error);
}

static const char *why_no_certificate(const char *path)
{
	struct found found = look_into(path);
	if (found.error)
		return say_error(path, found.error);
	if (found.certificate)
		return first_reason();
	if (found.key)
		return "holds a private key and no certificate; are tls.cert and tls.key swapped?";
	return "is no certificate in PEM: there is no -----BEGIN CERTIFICATE----- in it";
}

static const char *why_not_this_key(void)
{
	int reason = ERR_GET_REASON(ERR_peek_error());
	bool other = reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH ||
		     reason == SSL_R_NO_CERTIFICATE_ASSIGNED;
	return other ? "is the key of another certificate" : first_reason();
}

static const char *why_no_key(const char *path)
{
	struct found found = look_into(path);
	if (found.error)
		return say_error(path, found.error);
	if (found.locked)
		return "is protected by a password, which nobody is there to type: store it "
		       "without";
	if (found.key)
		return why_not_this_key();
	if (found.certificate)
		return "holds a certificate and no private key; are tls.cert and tls.key swapped?";
	return "is no private key in PEM: there is no -----BEGIN PRIVATE KEY----- in it";
}

bool certificate_check_authorities(const char *path, struct error_text *why)
{
	if (!*path)
		return true;
	ERR_clear_error();
	X509_STORE *store = X509_STORE_new();
	bool fine = store && X509_STORE_load_file(store, path) == 1;
	X509_STORE_free(store);
	if (!fine)
		error_text_set(why, "%s: %s", path, why_no_certificate(path));
	ERR_clear_error();
	return fine;
}

/* Only HTTP/1.1 is offered; a client that offers none of ours may go on without ALPN. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
			   const unsigned char *offered, unsigned offered_len, void *context)
{
	static const unsigned char ours[] = "\x08http/1.1";
	int got = SSL_select_next_proto((unsigned char **)chosen, chosen_len, ours, sizeof ours - 1,
					offered, offered_len);
	return got == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void set_up(SSL_CTX *context)
{
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	/* HTTP itself marks the end of a message, so a missing close_notify is an end like any
	 * other. */
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

static bool load(SSL_CTX *context, const struct certificate *c, struct error_text *why)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, c->cert) != 1)
		return error_text_set(why, "tls.cert: %s: %s", c->cert,
				      why_no_certificate(c->cert));
	/* Reading checks the key against the certificate, unless it is of another type: then it is
	 * kept for a certificate yet to come. */
	if (SSL_CTX_use_PrivateKey_file(context, c->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return error_text_set(why, "tls.key: %s: %s", c->key, why_no_key(c->key));
	return true;
}

/* There is no terminal at which to ask for a password. */
static int no_password(char *at, int room, int writing, void *context)
{
	return -1;
}

static SSL_CTX *read_files(const struct certificate *c, struct error_text *why)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (!context) {
		error_text_set(why, "tls.cert: %s", first_reason());
		return NULL;
	}
	SSL_CTX_set_default_passwd_cb(context, no_password);
	set_up(context);
	if (load(context, c, why))
		return context;
	SSL_CTX_free(context);
	return NULL;
}

struct certificate *certificate_create(const char *cert, const char *key, struct error_text *why)
{
	struct certificate *c = memory_new(struct certificate);
	pthread_mutex_init(&c->mu, NULL);
	c->cert = memory_text(cert);
	c->key = memory_text(key);
	c->context = read_files(c, why);
	if (!c->context)
		certificate_destroy(&c);
	return c;
}

void certificate_destroy(struct certificate **c)
{
	struct certificate *gone = take(c);
	if (!gone)
		return;
	SSL_CTX_free(gone->context);
	pthread_mutex_destroy(&gone->mu);
	free(gone->cert);
	free(gone->key);
	free(gone);
}

bool certificate_reload(struct certificate *c, struct error_text *why)
{
	SSL_CTX *fresh = read_files(c, why);
	if (!fresh)
		return false;
	pthread_mutex_lock(&c->mu);
	SSL_CTX *old = c->context;
	c->context = fresh;
	pthread_mutex_unlock(&c->mu);
	SSL_CTX_free(old);
	return true;
}

struct ssl_st *certificate_session(struct certificate *c, int fd)
{
	pthread_mutex_lock(&c->mu);
	SSL *ssl = SSL_new(c->context);
	pthread_mutex_unlock(&c->mu);
	if (!ssl)
		return NULL;
	SSL_set_accept_state(ssl);
	if (SSL_set_fd(ssl, fd) == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}
