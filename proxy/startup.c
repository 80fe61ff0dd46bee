#include "proxy/startup.h"

#include "config/options.h"
#include "proxy/http/tls/certificate.h"
#include "proxy/upstream/upstream.h"

#include <string.h>
#include <unistd.h>

size_t startup_workers(const struct config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (c->workers > 0)
		return (size_t)c->workers;
	return cores > 0 ? (size_t)cores : 1;
}

static bool refuse(const struct config *c, const char *path, struct error_text *why)
{
	char place[OPTION_PLACE];
	return error_text_wrap(why, "%s", option_place(c, option_find(path), place));
}

struct upstream *startup_upstream(const struct config *c, struct error_text *why)
{
	const struct config_upstream *u = &c->upstreams.items[0];
	if (!certificate_check_authorities(c->upstream.ca_file, why)) {
		refuse(c, "upstream.ca_file", why);
		return NULL;
	}
	struct upstream *got = upstream_create(
	    &(struct upstream_options){
		.name = u->name,
		.url = u->url,
		.api_key = u->api_key,
		.ca_file = c->upstream.ca_file,
		.verify = c->upstream.verify,
		.connect_timeout_ms = c->upstream.connect_timeout_ms,
		.max_connections = (unsigned)c->upstream.max_connections,
	    },
	    why);
	if (!got)
		refuse(c, "upstreams", why);
	return got;
}

bool startup_notes_url(const struct config *c, const struct upstream *u,
		       struct error_text *ret_note)
{
	if (!upstream_has_version(u))
		return false;
	error_text_set(ret_note,
		       "the URL ends in /v1, as clients' base URLs do: requests whose path "
		       "begins with /v1, too, are sent with one");
	refuse(c, "upstreams", ret_note);
	return true;
}

/* Replaces the option at the front of the error text by its place. */
static bool refuse_certificate(const struct config *c, struct error_text *why)
{
	const char *path = strncmp(why->text, "tls.key: ", 9) == 0 ? "tls.key" : "tls.cert";
	struct error_text got = *why;
	size_t len = strlen(path);
	error_text_set(why, "%s",
		       strncmp(got.text, path, len) == 0 ? got.text + len + 2 : got.text);
	return refuse(c, path, why);
}

bool startup_certificate(const struct config *c, struct certificate **ret, struct error_text *why)
{
	*ret = NULL;
	if (!*c->tls.cert)
		return true;
	*ret = certificate_create(c->tls.cert, c->tls.key, why);
	return *ret || refuse_certificate(c, why);
}
