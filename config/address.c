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

static bool is_port(struct slice s, unsigned lowest)
{
	unsigned n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.at[i]))
			return false;
		n = n * 10 + (unsigned)(s.at[i] - '0');
		if (n > 65535)
			return false;
	}
	return s.len > 0 && s.len <= 5 && n >= lowest;
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

/* A name or an IPv4 address: what has only digits and dots must be the latter. */
static bool is_host(struct slice s)
{
	bool numeric = true;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool message =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
		if (!message && !is_digit(c) && c != '.')
			return false;
		numeric = numeric && !message;
	}
	if (s.len == 0 || s.len > HOST || s.at[0] == '.')
		return false;
	return !numeric || is_ip(AF_INET, s);
}

/* Cuts host or [v6] off the front of *text; the rest begins behind it. */
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

bool address_check_listen(struct slice text, struct error_text *why)
{
	struct slice unix_prefix = SLICE("unix:");
	if (slice_starts(text, unix_prefix))
		return check_unix_path(slice_after(text, unix_prefix.len), why);
	struct slice rest = text;
	if (text.len > 0 && text.at[0] == ':')
		return error_text_set(why,
				      "\"%.*s\" has no host: 0.0.0.0 and [::] are every address of "
				      "this machine, 127.0.0.1 only itself",
				      text.len > 80 ? 80 : (int)text.len, text.at);
	if (!take_host(&rest) || rest.len == 0 || rest.at[0] != ':' ||
	    !is_port(slice_after(rest, 1), 0))
		return error_text_set(
		    why,
		    "\"%.*s\" is not an address to listen on: host:port, [v6]:port or "
		    "unix:path",
		    text.len > 80 ? 80 : (int)text.len, text.at);
	return true;
}

static bool is_base(struct slice path)
{
	return is_plain(path) && !memchr(path.at, '?', path.len) &&
	       !memchr(path.at, '#', path.len) && !memchr(path.at, '\\', path.len);
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
	return true;
}

/* rest: what follows "://". */
static bool is_authority_and_base(struct slice rest)
{
	const char *slash = rest.len ? memchr(rest.at, '/', rest.len) : NULL;
	size_t len = slash ? (size_t)(slash - rest.at) : rest.len;
	struct slice authority = slice_make(rest.at, len);
	struct slice base = slice_after(rest, len);
	if (!is_base(base) || !is_base(authority))
		return false;
	/* A password with a slash in it would be taken for a port and a base, and be shown. */
	if (base.len && memchr(base.at, '@', base.len))
		return false;
	const char *at = len ? memrchr(authority.at, '@', len) : NULL;
	if (at)
		authority = slice_after(authority, (size_t)(at - authority.at) + 1);
	if (!take_host(&authority))
		return false;
	return authority.len == 0 ||
	       (authority.at[0] == ':' && is_port(slice_after(authority, 1), 1));
}

bool address_check_upstream(struct slice text, struct error_text *why)
{
	struct slice http = SLICE("http://"), https = SLICE("https://"), file = SLICE("unix:");
	if (slice_starts(text, file))
		return check_unix_upstream(slice_after(text, file.len), why);
	struct slice rest = {0};
	if (slice_starts(text, http))
		rest = slice_after(text, http.len);
	else if (slice_starts(text, https))
		rest = slice_after(text, https.len);
	if (rest.at && is_authority_and_base(rest))
		return true;
	char *masked = address_mask(text);
	error_text_set(
	    why,
	    "\"%.120s\" is not the URL of an upstream: http://host[:port][/base], https://… or "
	    "unix:/path[:/base]",
	    masked);
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
