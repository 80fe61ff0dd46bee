#include "proxy/header/syntax.h"

#include <stdint.h>

/* RFC 9110 §5.6.2, tchar. */
static const bool in_token[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,  ['#'] = true,
    ['$'] = true,	  ['%'] = true,		['&'] = true,	      ['\''] = true, ['*'] = true,
    ['+'] = true,	  ['-'] = true,		['.'] = true,	      ['^'] = true,  ['_'] = true,
    ['`'] = true,	  ['|'] = true,		['~'] = true,
};

/* Names, IPv4 addresses and escapes as in RFC 3986 §3.2.2, without characters that separate lists
 * or users. */
static const bool in_host[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
    ['.'] = true,	  ['_'] = true,		['~'] = true,	      ['%'] = true,
};

static const bool in_address[256] = {
    ['0' ... '9'] = true, ['A' ... 'F'] = true, ['a' ... 'f'] = true, [':'] = true, ['.'] = true,
};

static bool is_all(struct slice s, const bool in[256])
{
	for (size_t i = 0; i < s.len; i++)
		if (!in[(unsigned char)s.at[i]])
			return false;
	return s.len > 0;
}

bool syntax_is_token(struct slice s)
{
	return is_all(s, in_token);
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Whether any of eight bytes is below space, or DEL; true for a tab, too. */
static bool are_suspicious(const char *at)
{
	const uint64_t ones = 0x0101010101010101, tops = ones << 7;
	uint64_t bytes;
	memcpy(&bytes, at, sizeof bytes);
	uint64_t deletes = bytes ^ (ones * 0x7f);
	return (((bytes - ones * 0x20) & ~bytes) | ((deletes - ones) & ~deletes)) & tops;
}

/* RFC 9110 §5.5: tab is the only control character allowed in a line. */
bool syntax_has_control(struct slice s)
{
	for (; s.len >= 8 && !are_suspicious(s.at); s = slice_after(s, 8))
		;
	for (size_t i = 0; i < s.len; i++)
		if (is_control(s.at[i]))
			return true;
	return false;
}

static bool is_port(struct slice s)
{
	unsigned long number = 0;
	if (s.len < 2 || s.len > 6 || s.at[0] != ':')
		return s.len == 0;
	for (size_t i = 1; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		number = number * 10 + (unsigned)(s.at[i] - '0');
	}
	return number <= 65535;
}

/* name or [address], and optionally a port (RFC 9110 §7.2) */
bool syntax_is_host(struct slice s)
{
	bool bracketed = s.len && s.at[0] == '[';
	const char *end = s.len ? memchr(s.at, bracketed ? ']' : ':', s.len) : NULL;
	if (bracketed && !end)
		return false;
	struct slice host = {s.at, end ? (size_t)(end - s.at) : s.len};
	struct slice port = slice_after(s, host.len + bracketed);
	if (bracketed)
		host = slice_after(host, 1);
	return is_all(host, bracketed ? in_address : in_host) && is_port(port);
}

static bool cut_scheme(struct slice *target)
{
	static const struct slice schemes[] = {SLICE("http://"), SLICE("https://")};
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		struct slice front = slice_make(target->at, schemes[i].len);
		if (target->len < schemes[i].len || !slice_equal_nocase(front, schemes[i]))
			continue;
		*target = slice_after(*target, schemes[i].len);
		return true;
	}
	return false;
}

bool syntax_cut_absolute(struct slice target, struct slice *ret_authority, struct slice *ret_rest)
{
	if (!cut_scheme(&target))
		return false;
	size_t len = 0;
	while (len < target.len && target.at[len] != '/' && target.at[len] != '?')
		len++;
	struct slice authority = slice_make(target.at, len);
	if (!syntax_is_host(authority))
		return false;
	*ret_authority = authority;
	*ret_rest = slice_after(target, len);
	return true;
}

const char *syntax_cut_field(struct slice line, struct slice *ret_name, struct slice *ret_value)
{
	if (line.at[0] == ' ' || line.at[0] == '\t')
		return "A header field's line is folded.";
	const char *colon = memchr(line.at, ':', line.len);
	if (!colon)
		return "A header field's line has no colon.";
	struct slice name = {line.at, (size_t)(colon - line.at)};
	if (!syntax_is_token(name))
		return "A header field's name is not a token.";
	struct slice value = slice_after(line, name.len + 1);
	while (value.len && (value.at[0] == ' ' || value.at[0] == '\t'))
		value = slice_after(value, 1);
	*ret_name = name;
	*ret_value = value;
	return NULL;
}

int syntax_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}
