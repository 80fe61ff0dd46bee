#include "config/expand.h"

#include "base/buf.h"
#include "base/ensure.h"

enum { LONGEST = 65536, USUAL = 512 };

static const char *look_up(char *const *environment, struct slice name)
{
	for (; environment && *environment; environment++) {
		if (strncmp(*environment, name.at, name.len) == 0 &&
		    (*environment)[name.len] == '=')
			return *environment + name.len + 1;
	}
	return NULL;
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
		if (!letter && (i == 0 || c < '0' || c > '9'))
			return false;
	}
	return s.len > 0;
}

static bool too_long(struct error_text *why)
{
	return error_text_set(why, "is longer than 64 KiB once its variables are replaced");
}

/* Appends the value of a variable. inside: the text between the braces. */
static bool put_variable(struct buf *to, struct slice inside, char *const *environment,
			 struct error_text *why)
{
	const char *dash = memmem(inside.at, inside.len, ":-", 2);
	struct slice name = dash ? slice_make(inside.at, (size_t)(dash - inside.at)) : inside;
	if (!is_name(name))
		return error_text_set(
		    why,
		    "\"${%.*s}\" is not a variable: write ${NAME}, ${NAME:-default}, "
		    "or $$ for a dollar",
		    inside.len > 60 ? 60 : (int)inside.len, inside.at);
	/* The default ends at the first closing brace, so a variable in it would be cut in two. */
	if (dash && memmem(dash, inside.len - name.len, "${", 2))
		return error_text_set(why,
				      "the default of ${%.*s:-…} has a variable in it, which is "
				      "not replaced",
				      SLICE_FMT(name));
	const char *value = look_up(environment, name);
	if (!value && !dash)
		return error_text_set(why,
				      "the environment variable %.*s is not set; "
				      "${%.*s:-default} gives it a default",
				      SLICE_FMT(name), SLICE_FMT(name));
	struct slice chosen = slice_of(value);
	if (dash && chosen.len == 0)
		chosen = slice_after(inside, name.len + 2);
	return buf_append_slice(to, chosen) || too_long(why);
}

/* Appends what the dollar at the front of text stands for. Returns the end of what was read, or
 * NULL and sets *why. */
static const char *put_dollar(struct buf *to, const char *text, char *const *environment,
			      struct error_text *why)
{
	if (text[1] == '$')
		return buf_append_byte(to, '$') || too_long(why) ? text + 2 : NULL;
	const char *end = text[1] == '{' ? strchr(text, '}') : NULL;
	if (!end) {
		error_text_set(why, "a dollar begins a variable, ${NAME} or ${NAME:-default}; "
				    "write $$ for a dollar");
		return NULL;
	}
	struct slice inside = slice_make(text + 2, (size_t)(end - text - 2));
	return put_variable(to, inside, environment, why) ? end + 1 : NULL;
}

char *expand(const char *text, char *const *environment, struct error_text *why)
{
	scoped(buf_finish) struct buf to = buf_make(LONGEST);
	/* Reserves room for a secret: growing the buffer would leave a part of it in freed memory.
	 */
	ensure(buf_reserve(&to, USUAL));
	while (*text) {
		size_t plain = strcspn(text, "$");
		if (!buf_append(&to, text, plain)) {
			too_long(why);
			return NULL;
		}
		text += plain;
		if (*text && !(text = put_dollar(&to, text, environment, why)))
			return NULL;
	}
	if (!buf_append_byte(&to, 0)) {
		too_long(why);
		return NULL;
	}
	return buf_take(&to);
}
