#include "proxy/http/tls/certificate.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>

struct certificate {
	/* constant after create */
	char *cert;
	char *key;
	pthread_mutex_t mu;
	SSL_CTX *context; /* guarded by mu; counted by the library */
};

static const char *first_reason(void)
{
	unsigned long code = ERR_peek_error();
	/* A system error has its number for a reason. */
	const char *reason =
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
	return reason ? reason : "not to be used";
}

/* We speak nothing else; a client that offers none of ours may try without. */
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
	/* The end of a message is HTTP's to tell, so a missing farewell is an end like any. */
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
		return error_text_set(why, "tls.cert: %s: %s", c->cert, first_reason());
	/* The key is checked against the certificate on the way. */
	if (SSL_CTX_use_PrivateKey_file(context, c->key, SSL_FILETYPE_PEM) != 1)
		return error_text_set(why, "tls.key: %s: %s", c->key, first_reason());
	return true;
}

/* Nobody is there to type a password. */
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
