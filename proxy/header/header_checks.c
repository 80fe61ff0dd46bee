#include "proxy/header/header_checks.h"

/* Fields that decide whose request it is, or how its body is read. */
static const struct slice single[] = {
    SLICE("Authorization"),  SLICE("Content-Type"), SLICE("Cookie"),
    SLICE("X-Api-Key"),	     SLICE("Api-Key"),	    SLICE("OpenAI-Organization"),
    SLICE("OpenAI-Project"), SLICE("Expect"),
};

const char *header_checks_refusal(const struct fields *fields)
{
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (fields_count(fields, single[i]) > 1)
			return "A header field that may occur once occurs twice.";
	return NULL;
}

static bool is_optional(struct slice protocol)
{
	static const struct slice families[] = {SLICE("HTTP/"), SLICE("TLS/")};
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		if (protocol.len > families[i].len &&
		    slice_equal_nocase(slice_make(protocol.at, families[i].len), families[i]))
			return true;
	return protocol.len == 0 || slice_is_nocase(protocol, "h2c") ||
	       slice_is_nocase(protocol, "h2");
}

static bool asks_for_upgrade(const struct fields *fields)
{
	static const struct slice upgrade = SLICE("Upgrade");
	if (!fields_have_token(fields, slice_of("Connection"), upgrade))
		return false;
	for (size_t i = 0; i < fields->count; i++) {
		struct slice list = fields->at[i].value;
		while (slice_equal_nocase(fields->at[i].name, upgrade) && list.at)
			if (!is_optional(slice_trim(slice_cut(&list, ','))))
				return true;
	}
	return false;
}

enum failure header_checks_unimplemented(struct slice method, struct slice version,
					 const struct fields *fields)
{
	/* Methods are case-sensitive (RFC 9110 §9.1), but not to every server. */
	static const char *const refused[] = {"TRACE", "TRACK", "CONNECT"};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (slice_is_nocase(method, refused[i]))
			return FAILURE_METHOD;
	/* HTTP/1.0 has no upgrades: the field must be ignored there. */
	if (slice_is(version, "HTTP/1.1") && asks_for_upgrade(fields))
		return FAILURE_UPGRADE;
	return FAILURE_NONE;
}
