#include "proxy/openai/parse/medium.h"

enum verdict medium_address(const struct canonical_member *m)
{
	bool remote = m->kind == JSON_STRING && !reference_is_data(m->value);
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

enum verdict medium_verdict(enum endpoint_family family, const struct canonical_member *m)
{
	/* A form contains the bytes themselves, and they may contain dots. */
	bool bytes = family == FAMILY_TRANSCRIPTIONS && !memchr(m->value.at, '/', m->value.len);
	bool remote = m->kind == JSON_STRING &&
		      (reference_is_address(m->value) || (!bytes && reference_is_path(m->value)));
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}

enum verdict medium_itself(enum endpoint_family family, const struct canonical_member *m)
{
	bool name = m->kind == JSON_STRING && family != FAMILY_TRANSCRIPTIONS &&
		    reference_is_name(m->value);
	return name ? VERDICT_REMOTE_MEDIA : medium_verdict(family, m);
}

/* Whether a text may be base64 (RFC 4648 §4), however short: AAAA, but not img_1. */
static bool is_base64(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/')
			return false;
	}
	return text.len % 4 == 0;
}

enum verdict medium_data(enum endpoint_family family, const struct canonical_member *m)
{
	bool base64 = m->kind == JSON_STRING && is_base64(m->value);
	return base64 ? medium_verdict(family, m) : medium_itself(family, m);
}

enum verdict medium_other(const struct canonical_member *m, const struct reference *r)
{
	bool text = r->meaning & (NAME_TEXT | NAME_MESSAGES) || slice_is(m->key, "id") ||
		    slice_is(m->key, "source");
	bool remote = m->kind == JSON_STRING && !text && reference_is_url(m->value);
	return remote ? VERDICT_REMOTE_MEDIA : VERDICT_FINE;
}
