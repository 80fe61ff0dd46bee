/* Prints texts and lists in YAML. */
#include "config/describe_internal.h"

bool put_text(struct buf *to, const char *text)
{
	bool fits = buf_append_byte(to, '"');
	for (; fits && *text; text++) {
		if (*text == '"' || *text == '\\')
			fits = buf_append_byte(to, '\\');
		else if (*text == '$')
			fits = buf_append_byte(to, '$');
		fits = fits && buf_append_byte(to, *text);
	}
	return fits && buf_append_byte(to, '"');
}

bool put_list(struct buf *to, const struct config_list *list)
{
	if (!buf_append_text(to, "["))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if ((i > 0 && !buf_append_text(to, ", ")) || !put_text(to, list->items[i]))
			return false;
	}
	return buf_append_text(to, "]");
}
