/* Checks that addresses do not get in each other's way. */
#include "config/consistency_internal.h"

#include "base/slice.h"

#include <stdlib.h>

/* An address of TCP; host.len is 0 for others. */
struct target {
	struct slice host;
	unsigned long port;
};

static struct target split(struct slice address, unsigned long usual_port)
{
	struct target t = {.host = address, .port = usual_port};
	const char *colon = address.at ? memrchr(address.at, ':', address.len) : NULL;
	if (slice_starts(address, slice_of("unix:")))
		return (struct target){0};
	if (!colon || memchr(colon, ']', address.len - (size_t)(colon - address.at)))
		return t;
	t.host.len = (size_t)(colon - address.at);
	t.port = strtoul(colon + 1, NULL, 10);
	return t;
}

static struct target target_of_url(const char *url)
{
	unsigned long usual = strncmp(url, "https:", 6) == 0 ? 443 : 80;
	const char *rest = strstr(url, "://");
	if (!rest)
		return (struct target){0};
	rest += 3;
	struct slice authority = slice_make(rest, strcspn(rest, "/"));
	const char *at = authority.len ? memrchr(authority.at, '@', authority.len) : NULL;
	if (at)
		authority = slice_after(authority, (size_t)(at - authority.at) + 1);
	return split(authority, usual);
}

static bool is_v4(struct slice host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9'))
			return false;
	return host.len > 0;
}

/* Whether the first address takes in what is for the second. IPv4 and IPv6 are apart. */
static bool covers(struct target first, struct target second)
{
	bool v6 = second.host.len && second.host.at[0] == '[';
	if (first.host.len == 0 || second.host.len == 0 || first.port != second.port ||
	    first.port == 0)
		return false;
	return slice_equal_nocase(first.host, second.host) ||
	       (slice_is(first.host, "0.0.0.0") && is_v4(second.host)) ||
	       (slice_is(first.host, "[::]") && v6);
}

static bool clash(const char *first, const char *second)
{
	struct target a = split(slice_of(first), 0), b = split(slice_of(second), 0);
	return covers(a, b) || covers(b, a) ||
	       (strncmp(first, "unix:", 5) == 0 && strcmp(first, second) == 0);
}

static void check_pair(struct check *k, const char *one, const char *before)
{
	if (strcmp(one, before) == 0 && clash(one, before))
		check_refuse(k, "listen", "names \"%.80s\" twice", one);
	else if (clash(one, before))
		check_refuse(k, "listen", "\"%.80s\" and \"%.80s\" cannot both be listened on",
			     before, one);
}

static void check_admin(struct check *k, const char *address)
{
	const char *admin = k->config->admin.listen;
	if (!clash(admin, address))
		return;
	if (strcmp(admin, address) == 0)
		check_refuse(k, "admin.listen",
			     "\"%.80s\" is an address of listen, too: it needs one for itself",
			     admin);
	else
		check_refuse(k, "admin.listen",
			     "\"%.80s\" and \"%.80s\" of listen cannot both be listened on", admin,
			     address);
}

/* Forwarding to oneself never ends. */
static void check_loop(struct check *k, const char *address)
{
	const char *url = k->config->upstreams.items[0].url;
	struct target to = target_of_url(url), from = split(slice_of(address), 0);
	if (slice_is_nocase(to.host, "localhost") && !slice_equal_nocase(from.host, to.host))
		to.host = slice_of("127.0.0.1");
	size_t len = strlen(address);
	bool same_path = strncmp(address, "unix:", 5) == 0 && strncmp(url, address, len) == 0 &&
			 (!url[len] || url[len] == ':');
	if (covers(from, to) || same_path)
		check_refuse(k, "upstreams",
			     "url: is \"%.80s\", on which Reprise itself listens: it would "
			     "forward to itself",
			     address);
}

void check_listen(struct check *k)
{
	const struct config_list *list = &k->config->listen;
	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < i; j++)
			check_pair(k, list->items[i], list->items[j]);
		check_admin(k, list->items[i]);
		check_loop(k, list->items[i]);
	}
}
