#include "proxy/upstream/shareable.h"

/* Fields in Vary that do not matter: the content coding, which we choose; and those that affect
 * only the CORS fields of a response, which neither readers that join nor entries get. */
static const struct slice harmless[] = {
    SLICE("Accept-Encoding"),
    SLICE("Origin"),
    SLICE("Access-Control-Request-Headers"),
    SLICE("Access-Control-Request-Method"),
};

static bool is_harmless(const struct header_table *headers, struct slice name)
{
	return name.len == 0 || FIELD_IS_AMONG(name, harmless) ||
	       header_table_tells_apart(headers, name);
}

static bool varies(const struct header_table *headers, struct slice list)
{
	while (list.at)
		if (!is_harmless(headers, slice_trim(slice_cut(&list, ','))))
			return true;
	return false;
}

static bool says_private(const struct fields *fields)
{
	static const struct slice control = SLICE("Cache-Control");
	return fields_have_token(fields, control, slice_of("no-store")) ||
	       fields_have_token(fields, control, slice_of("private")) ||
	       fields_have_token(fields, slice_of("Vary"), slice_of("*"));
}

enum verdict shareable_verdict(const struct header_table *headers, const struct head *head)
{
	if (head->status != 200)
		return VERDICT_FINE;
	if (says_private(&head->fields))
		return VERDICT_UPSTREAM_PRIVATE;
	for (size_t i = 0; i < head->fields.count; i++)
		if (slice_is_nocase(head->fields.at[i].name, "Vary") &&
		    varies(headers, head->fields.at[i].value))
			return VERDICT_VARY;
	return VERDICT_FINE;
}
