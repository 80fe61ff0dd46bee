#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void put_four(char *at, unsigned long bits)
{
	at[0] = alphabet[bits >> 18 & 63];
	at[1] = alphabet[bits >> 12 & 63];
	at[2] = alphabet[bits >> 6 & 63];
	at[3] = alphabet[bits & 63];
}

bool base64_encode(struct slice bytes, struct buf *out)
{
	if (!buf_reserve(out, base64_length(bytes.len)))
		return false;
	const unsigned char *from = (const unsigned char *)bytes.at;
	char *to = out->at + out->len;
	size_t left = bytes.len;
	for (; left >= 3; left -= 3, from += 3, to += 4)
		put_four(to, (unsigned long)from[0] << 16 | from[1] << 8 | from[2]);
	if (left) {
		put_four(to, (unsigned long)from[0] << 16 | (left == 2 ? from[1] << 8 : 0));
		to[3] = '=';
		if (left == 1)
			to[2] = '=';
	}
	out->len += base64_length(bytes.len);
	return true;
}

/* The six bits that a character stands for; 64 if it is not in the alphabet. */
static unsigned bits_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* bits_of for every byte, so that four characters are decoded with four lookups. */
struct table {
	unsigned char bits[256];
};

static void fill(struct table *t)
{
	for (unsigned i = 0; i < 256; i++)
		t->bits[i] = (unsigned char)bits_of((char)i);
}

/* Decodes four characters, the last `padding` of which are equals signs, to 3 - padding bytes. */
static bool take_four(const struct table *t, const char *at, unsigned padding, char *to)
{
	unsigned long bits = 0;
	unsigned wrong = 0;
	for (unsigned i = 0; i < 4; i++) {
		unsigned six = i < 4 - padding ? t->bits[(unsigned char)at[i]] : 0;
		wrong |= six & 64;
		bits = bits << 6 | six;
	}
	for (unsigned i = 0; i < 3 - padding; i++)
		to[i] = (char)(bits >> (16 - 8 * i));
	return !wrong && (bits & ((1ul << 8 * padding) - 1)) == 0;
}

bool base64_decode(struct slice text, struct buf *out)
{
	if (text.len == 0 || text.len % 4)
		return text.len == 0;
	unsigned padding = text.at[text.len - 1] == '=';
	padding += padding && text.at[text.len - 2] == '=';
	if (!buf_reserve(out, text.len / 4 * 3))
		return false;
	struct table t;
	fill(&t);
	char *to = out->at + out->len;
	size_t groups = text.len / 4;
	for (size_t i = 0; i + 1 < groups; i++)
		if (!take_four(&t, text.at + 4 * i, 0, to + 3 * i))
			return false;
	if (!take_four(&t, text.at + 4 * (groups - 1), padding, to + 3 * (groups - 1)))
		return false;
	out->len += 3 * groups - padding;
	return true;
}
