#include "proxy/header/header_value.h"

#include "proxy/header/cookies.h"

/* ## Media types */

/* Cuts off the next parameter of a media type or element of a list, trimmed. */
static struct slice cut_trimmed(struct slice *rest, char mark)
{
	return slice_trim(slice_cut(rest, mark));
}

static bool is_utf8(struct slice value)
{
	return slice_is_nocase(value, "utf-8") || slice_is_nocase(value, "\"utf-8\"");
}

static bool is_json_in_utf8(struct slice value)
{
	struct slice charset = value;
	if (!slice_is_nocase(cut_trimmed(&charset, ';'), "application/json") || !charset.at)
		return false;
	return slice_is_nocase(cut_trimmed(&charset, '='), "charset") && charset.at &&
	       is_utf8(slice_trim(charset));
}

/* Media ranges that SDKs and browsers send: openai, anthropic (*, JSON, events), axios (JSON,
 * text/plain, *), jQuery (text/javascript), Chrome's, Firefox's and Safari's navigation. Whatever
 * they send, the response is of one of the first four. */
static const struct range {
	const char *name;
	bool answers; /* matches what endpoints respond with */
	bool first;   /* may come first, i.e. be the preferred one */
} ranges[] = {
    {"*/*", true, true},
    {"application/*", true, true},
    {"application/json", true, true},
    {"text/event-stream", true, true},
    {"text/plain", false, false},
    {"text/javascript", false, false},
    {"text/html", false, true},
    {"application/xhtml+xml", false, false},
    {"application/xml", false, false},
    {"application/signed-exchange", false, false},
    {"image/avif", false, false},
    {"image/webp", false, false},
    {"image/apng", false, false},
    {"image/png", false, false},
    {"image/svg+xml", false, false},
    {"image/*", false, false},
};

static const struct range *find_range(struct slice name)
{
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (slice_is_nocase(name, ranges[i].name))
			return &ranges[i];
	return NULL;
}

/* A weight above 0 (RFC 9110 §12.4.2). */
static bool is_weight(struct slice value)
{
	bool more = false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		if ((c < '0' || c > '9') && c != '.')
			return false;
		more |= c >= '1' && c <= '9';
	}
	return more;
}

/* A weight, except on the first range; the charset of JSON; the version of Chrome's signed
 * exchanges. */
static bool is_usual_parameter(struct slice parameter, bool first)
{
	struct slice value = parameter;
	struct slice name = cut_trimmed(&value, '=');
	value = slice_trim(value);
	if (slice_is_nocase(name, "q"))
		return !first && is_weight(value);
	return (slice_is_nocase(name, "charset") && is_utf8(value)) ||
	       (slice_is_nocase(name, "v") && slice_is_nocase(value, "b3"));
}

static bool is_usual_range(struct slice element, bool first, bool *answers)
{
	const struct range *range = find_range(cut_trimmed(&element, ';'));
	if (!range || (first && !range->first))
		return false;
	while (element.at)
		if (!is_usual_parameter(cut_trimmed(&element, ';'), first))
			return false;
	*answers |= range->answers;
	return true;
}

static bool is_usual_accept(struct slice list)
{
	bool answers = false;
	for (bool first = true; list.at; first = false)
		if (!is_usual_range(cut_trimmed(&list, ','), first, &answers))
			return false;
	return answers;
}

/* ## Forwarded */

/* Whether no quoted string contains a delimiter of the list. */
static bool is_plain_forwarded(struct slice value)
{
	bool quoted = false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		quoted ^= c == '"';
		if (c == '\\' || (quoted && (c == ',' || c == ';')))
			return false;
	}
	return !quoted;
}

/* The host of an element; empty: it has none. */
static struct slice host_of(struct slice element)
{
	while (element.at) {
		struct slice value = cut_trimmed(&element, ';');
		if (slice_is_nocase(cut_trimmed(&value, '='), "host") && value.at)
			return slice_trim(value);
	}
	return slice_of("");
}

/* Appends each host behind a comma. A value that is not plain is appended whole behind "=". */
static bool append_hosts(struct slice value, struct buf *out, bool *ret_counts)
{
	size_t start = out->len;
	*ret_counts = true;
	if (!is_plain_forwarded(value))
		return buf_append_byte(out, '=') && buf_append_slice(out, value);
	while (value.at) {
		struct slice host = host_of(cut_trimmed(&value, ','));
		if (host.len && !(buf_append_byte(out, ',') && buf_append_slice(out, host)))
			return false;
	}
	*ret_counts = out->len > start;
	return true;
}

/* ## Cookie */

static bool append_cookies(struct slice value, const struct config_list *ignored, struct buf *out,
			   bool *ret_counts)
{
	struct cookie_walk walk = {.rest = value, .ignored = ignored};
	struct cookie c;
	*ret_counts = false;
	while (cookies_next(&walk, &c)) {
		if (*ret_counts && !buf_append_byte(out, ';'))
			return false;
		if (!buf_append_slice(out, c.text))
			return false;
		*ret_counts = true;
	}
	return true;
}

static bool is_left_out(enum header_filter filter, struct slice value)
{
	switch (filter) {
	case FILTER_ACCEPT:
		return is_usual_accept(value);
	case FILTER_ACCEPT_LANGUAGE:
		return slice_is(value, "*");
	case FILTER_ACCEPT_CHARSET:
		return slice_is(value, "*") || is_utf8(value);
	default:
		return false;
	}
}

bool header_value_append(enum header_filter filter, struct slice value,
			 const struct config_list *ignored_cookies, struct buf *out,
			 bool *ret_counts)
{
	if (filter == FILTER_FORWARDED)
		return append_hosts(value, out, ret_counts);
	if (filter == FILTER_COOKIE)
		return append_cookies(value, ignored_cookies, out, ret_counts);
	*ret_counts = !is_left_out(filter, value);
	if (!*ret_counts)
		return true;
	if (filter == FILTER_CONTENT_TYPE && is_json_in_utf8(value))
		value = slice_of("application/json");
	return buf_append_slice(out, value);
}
