#include "config/address.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

/* sun_path ends with a NUL (unix(7)). */
enum { UNIX_PATH = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, HOST = 253 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_number(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.at[i]))
			return false;
	return s.len > 0;
}

/* rest: what follows the host, ":PORT". Returns false and sets *why if the port is out of range;
 * leaves *why empty if rest is not a colon and a number. */
static bool check_port(struct slice rest, unsigned lowest, struct error_text *why)
{
	error_text_set(why, "%s", "");
	if (rest.len == 0 || rest.at[0] != ':' || !is_number(slice_after(rest, 1)))
		return false;
	struct slice port = slice_after(rest, 1);
	unsigned n = 0;
	for (size_t i = 0; i < port.len && n <= 65535; i++)
		n = n * 10 + (unsigned)(port.at[i] - '0');
	if (n >= lowest && n <= 65535 && port.len <= 5)
		return true;
	return error_text_set(why, "%.*s is not a port: %u..65535",
			      port.len > 20 ? 20 : (int)port.len, port.at, lowest);
}

static bool is_ip(int family, struct slice s)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[16];
	if (s.len >= sizeof text)
		return false;
	snprintf(text, sizeof text, "%.*s", SLICE_FMT(s));
	return inet_pton(family, text, address) == 1;
}

/* Whether s is a name or an IPv4 address; digits and dots alone must be a valid address. */
static bool is_host(struct slice s)
{
	bool numeric = true;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
		if (!letter && !is_digit(c) && c != '.')
			return false;
		numeric = numeric && !letter;
	}
	if (s.len == 0 || s.len > HOST || s.at[0] == '.')
		return false;
	return !numeric || is_ip(AF_INET, s);
}

/* Cuts a host or [v6] off the front of *text. Returns whether it is valid. */
static bool take_host(struct slice *text)
{
	if (text->len > 0 && text->at[0] == '[') {
		const char *end = memchr(text->at, ']', text->len);
		if (!end)
			return false;
		size_t len = (size_t)(end - text->at);
		bool fine = is_ip(AF_INET6, slice_make(text->at + 1, len - 1));
		*text = slice_after(*text, len + 1);
		return fine;
	}
	size_t len = 0;
	while (len < text->len && text->at[len] != ':')
		len++;
	struct slice host = slice_make(text->at, len);
	*text = slice_after(*text, len);
	return is_host(host);
}

/* Printable ASCII without spaces. */
static bool is_plain(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] <= ' ' || s.at[i] > '~')
			return false;
	}
	return true;
}

static bool check_unix_path(struct slice path, struct error_text *why)
{
	if (path.len == 0)
		return error_text_set(why, "\"unix:\" has no path behind it");
	if (path.len > UNIX_PATH)
		return error_text_set(why,
				      "the path of a unix socket has at most %d bytes, not %zu",
				      UNIX_PATH, path.len);
	if (!is_plain(path))
		return error_text_set(
		    why, "the path of a unix socket is printable ASCII without spaces");
	return true;
}

/* Whether s is an IPv6 address without brackets, alone or with a port behind it. */
static bool is_bare_v6(struct slice s)
{
	const char *colon = s.len ? memrchr(s.at, ':', s.len) : NULL;
	return colon &&
	       (is_ip(AF_INET6, s) || is_ip(AF_INET6, slice_make(s.at, (size_t)(colon - s.at))));
}

/* A hint for an invalid address, to be appended to the error text. */
static const char *listen_hint(struct slice text)
{
	if (slice_starts(text, slice_of("*:")))
		return "; 0.0.0.0 and [::] are every address of this machine";
	if (is_number(text))
		return "; a port alone is 127.0.0.1:port, or 0.0.0.0:port for every address of "
		       "this machine";
	if (text.len && memmem(text.at, text.len, "://", 3))
		return "; without http:// in front";
	if (text.len && text.at[0] == '/')
		return "; a path has unix: in front";
	struct slice rest = text;
	if (take_host(&rest) && rest.len == 0)
		return "; the port is missing";
	if (text.len && memchr(text.at, ',', text.len))
		return "; several are a list: [one, other]";
	if (is_bare_v6(text))
		return "; an IPv6 address stands in brackets";
	return "";
}

bool address_check_listen(struct slice text, struct error_text *why)
{
	struct slice unix_prefix = SLICE("unix:");
	struct error_text port = {{0}};
	if (slice_starts(text, unix_prefix))
		return check_unix_path(slice_after(text, unix_prefix.len), why);
	struct slice rest = text;
	int shown = text.len > 80 ? 80 : (int)text.len;
	if (text.len > 0 && text.at[0] == ':' && !slice_starts(text, slice_of("::")))
		return error_text_set(why,
				      "\"%.*s\" has no host: 0.0.0.0 and [::] are every address of "
				      "this machine, 127.0.0.1 only itself",
				      shown, text.at);
	bool host = take_host(&rest);
	if (host && check_port(rest, 0, &port))
		return true;
	if (host && *port.text)
		return error_text_set(why, "\"%.*s\": %s", shown, text.at, port.text);
	return error_text_set(why,
			      "\"%.*s\" is not an address to listen on: host:port, [v6]:port or "
			      "unix:path%s",
			      shown, text.at, listen_hint(text));
}

static bool is_base(struct slice path)
{
	return is_plain(path) && !memchr(path.at, '?', path.len) &&
	       !memchr(path.at, '#', path.len) && !memchr(path.at, '\\', path.len);
}

/* Refuses a base URL that was copied together with the path of an endpoint. */
static bool check_no_endpoint(struct slice base, struct error_text *why)
{
	static const char *const endpoints[] = {"/chat/completions", "/completions", "/embeddings",
						"/responses",	     "/messages",    "/v1/models"};
	while (base.len && base.at[base.len - 1] == '/')
		base.len--;
	for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++) {
		size_t len = strlen(endpoints[i]);
		if (base.len >= len && slice_is(slice_after(base, base.len - len), endpoints[i]))
			return error_text_set(
			    why, "ends in %s, which requests bring themselves: leave it out",
			    endpoints[i]);
	}
	return true;
}

static bool check_unix_upstream(struct slice rest, struct error_text *why)
{
	struct slice path = slice_cut(&rest, ':');
	if (path.len == 0 || path.at[0] != '/')
		return error_text_set(why,
				      "the path of a unix socket upstream begins with a slash: "
				      "unix:/path or unix:/path:/base");
	if (!check_unix_path(path, why))
		return false;
	if (rest.at && (rest.len == 0 || rest.at[0] != '/' || !is_base(rest)))
		return error_text_set(
		    why, "the base behind a unix socket's path begins with a slash and "
			 "has no query: unix:/path:/base");
	return !rest.at || check_no_endpoint(rest, why);
}

/* rest: what follows "://". On failure returns false and sets *why to an error about a part, or to
 * an empty text. */
static bool check_authority_and_base(struct slice rest, struct error_text *why)
{
	const char *slash = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
	size_t len = slash ? (size_t)(slash - rest.at) : rest.len;
	struct slice authority = slice_make(rest.at, len);
	struct slice base = slice_after(rest, len);
	error_text_set(why, "%s", "");
	if (rest.len && (memchr(rest.at, '?', rest.len) || memchr(rest.at, '#', rest.len)) &&
	    !memchr(rest.at, '@', rest.len))
		return error_text_set(why, "has a query or a fragment, which a base cannot have");
	if (!is_base(base) || !is_base(authority))
		return false;
	/* A password with a slash in it would be parsed as port and base path, and be printed. */
	if (base.len && memchr(base.at, '@', base.len))
		return error_text_set(why,
				      "has an at sign behind a slash: in a user or a password a "
				      "slash is %%2F, in a base an at sign is %%40");
	const char *at = len ? memrchr(authority.at, '@', len) : NULL;
	if (at)
		authority = slice_after(authority, (size_t)(at - authority.at) + 1);
	if (at && memchr(rest.at, '@', (size_t)(at - rest.at)))
		return error_text_set(why,
				      "has an at sign in a user or a password, where it is %%40");
	if (!take_host(&authority))
		return false;
	return (authority.len == 0 || check_port(authority, 1, why)) &&
	       check_no_endpoint(base, why);
}

static const char *upstream_hint(struct slice text)
{
	struct slice rest = text;
	const char *colon = text.len ? memmem(text.at, text.len, "://", 3) : NULL;
	if (slice_starts(text, slice_of("//")))
		return "; http: in front is missing";
	if (text.len && text.at[0] == '/')
		return "; a path has unix: in front";
	if (!colon && (slice_starts(text, slice_of("http")) && memchr(text.at, '/', text.len)))
		return "; behind http or https stands ://";
	if (!colon)
		return take_host(&rest) ? "; http:// in front is missing" : "";
	struct slice scheme = slice_make(text.at, (size_t)(colon - text.at));
	rest = slice_after(text, scheme.len + 3);
	struct slice authority = slice_cut(&rest, '/');
	if (!slice_is_nocase(scheme, "http") && !slice_is_nocase(scheme, "https"))
		return "";
	if (!slice_is(scheme, "http") && !slice_is(scheme, "https"))
		return "; http and https are written in lower case";
	return is_bare_v6(authority) ? "; an IPv6 address stands in brackets" : "";
}

bool address_check_upstream(struct slice text, struct error_text *why)
{
	struct slice http = SLICE("http://"), https = SLICE("https://"), file = SLICE("unix:");
	struct error_text part = {{0}};
	if (slice_starts(text, file))
		return check_unix_upstream(slice_after(text, file.len), why);
	struct slice rest = {0};
	if (slice_starts(text, http))
		rest = slice_after(text, http.len);
	else if (slice_starts(text, https))
		rest = slice_after(text, https.len);
	if (rest.at && check_authority_and_base(rest, &part))
		return true;
	char *masked = address_mask(text);
	if (*part.text)
		error_text_set(why, "\"%.120s\": %s", masked, part.text);
	else
		error_text_set(
		    why,
		    "\"%.120s\" is not the URL of an upstream: http://host[:port][/base], "
		    "https://… or unix:/path[:/base]%s",
		    masked, upstream_hint(text));
	free(masked);
	return false;
}

char *address_mask(struct slice text)
{
	struct slice file = SLICE("unix:");
	bool userinfo = text.at && !slice_starts(text, file);
	const char *at = userinfo ? memrchr(text.at, '@', text.len) : NULL;
	if (!at)
		return memory_copy(text.at, text.len);
	const char *scheme = memmem(text.at, text.len, "://", 3);
	size_t kept = scheme && scheme < at ? (size_t)(scheme - text.at) + 3 : 0;
	char *masked;
	int len = asprintf(&masked, "%.*s***%.*s", (int)kept, text.at,
			   (int)(text.len - (size_t)(at - text.at)), at);
	ensure(len >= 0);
	return masked;
}
