#include "proxy/upstream/upstream.h"

#include "base/memory.h"
#include "base/slice.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

void upstream_library_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void upstream_library_end(void)
{
	curl_global_cleanup();
}

static char *without_trailing_slashes(const char *path)
{
	size_t len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	return memory_copy(path, len);
}

/* unix:/run/model.sock or unix:/run/model.sock:/base */
static bool read_unix_url(struct upstream *u, const char *text, struct error_text *why)
{
	const char *base = strstr(text, ":/");
	size_t len = base ? (size_t)(base - text) : strlen(text);
	if (text[0] != '/')
		return error_text_set(why, "a unix socket's path starts with a slash");
	u->socket_path = memory_copy(text, len);
	u->origin = memory_text("http://localhost");
	u->base = without_trailing_slashes(base ? base + 1 : "");
	return true;
}

static char *part_of(CURLU *url, CURLUPart part)
{
	char *text = NULL;
	if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
		return NULL;
	char *copy = memory_text(text);
	curl_free(text);
	return copy;
}

static void read_parts(struct upstream *u, CURLU *url)
{
	char *scheme = part_of(url, CURLUPART_SCHEME);
	char *host = part_of(url, CURLUPART_HOST);
	char *port = part_of(url, CURLUPART_PORT);
	char *path = part_of(url, CURLUPART_PATH);
	char *origin = NULL;
	if (asprintf(&origin, "%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "") >= 0)
		u->origin = origin;
	u->base = without_trailing_slashes(path ? path : "");
	free(scheme);
	free(host);
	free(port);
	free(path);
}

/* Decodes the userinfo (RFC 3986 §2.1), since it goes into a field and not into a URL. A URL
 * without userinfo is fine. */
static CURLUcode read_userinfo(struct upstream *u, CURLU *url)
{
	char *user = NULL, *password = NULL, *userinfo = NULL;
	CURLUcode code = curl_url_get(url, CURLUPART_USER, &user, CURLU_URLDECODE);
	if (code == CURLUE_OK)
		code = curl_url_get(url, CURLUPART_PASSWORD, &password, CURLU_URLDECODE);
	bool fine = code == CURLUE_OK || code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD;
	if (fine && user && asprintf(&userinfo, "%s:%s", user, password ? password : "") >= 0)
		u->userinfo = userinfo;
	curl_free(user);
	curl_free(password);
	return fine ? CURLUE_OK : code;
}

static bool read_url(struct upstream *u, const char *text, struct error_text *why)
{
	if (slice_starts(slice_of(text), slice_of("unix:")))
		return read_unix_url(u, text + strlen("unix:"), why);
	CURLU *url = curl_url();
	CURLUcode code = url ? curl_url_set(url, CURLUPART_URL, text, 0) : CURLUE_OUT_OF_MEMORY;
	if (code == CURLUE_OK)
		read_parts(u, url);
	if (code == CURLUE_OK)
		code = read_userinfo(u, url);
	curl_url_cleanup(url);
	return code == CURLUE_OK || error_text_set(why, "%s", curl_url_strerror(code));
}

struct upstream *upstream_create(const struct upstream_options *options, struct error_text *why)
{
	struct upstream *u = memory_new(struct upstream);
	u->limit = transfer_limit_create(options->max_connections);
	if (!read_url(u, options->url, why)) {
		upstream_destroy(&u);
		return NULL;
	}
	u->name = memory_text(options->name);
	u->api_key = options->api_key && *options->api_key ? memory_text(options->api_key) : NULL;
	u->ca_file = memory_text(options->ca_file ? options->ca_file : "");
	u->verify = options->verify;
	u->connect_timeout_ms = options->connect_timeout_ms;
	u->max_connections = options->max_connections;
	return u;
}

bool upstream_has_version(const struct upstream *u)
{
	const char *last = strrchr(u->base, '/');
	return last && strcmp(last, "/v1") == 0;
}

/* Whether the path of the target begins with these segments. */
static bool begins_with(struct slice target, struct slice segments)
{
	while (target.len > 1 && target.at[1] == '/')
		target = slice_after(target, 1);
	return slice_starts(target, segments) &&
	       (target.len == segments.len || strchr("/?", target.at[segments.len]));
}

size_t upstream_base_length(const struct upstream *u, struct slice target)
{
	struct slice base = slice_of(u->base);
	if (!upstream_has_version(u))
		return base.len;
	for (size_t i = 0; i < base.len; i++)
		if (base.at[i] == '/' && begins_with(target, slice_after(base, i)))
			return i;
	return base.len;
}

void upstream_destroy(struct upstream **u)
{
	struct upstream *gone = take(u);
	if (!gone)
		return;
	transfer_limit_destroy(&gone->limit);
	free(gone->name);
	free(gone->origin);
	free(gone->base);
	free(gone->socket_path);
	memory_forget(gone->userinfo);
	memory_forget(gone->api_key);
	free(gone->ca_file);
	free(gone);
}
