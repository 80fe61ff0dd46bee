#include "config/error_list.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINES = 50, LINE_BYTES = 1024 };

/* line: cut to LINE_BYTES, without a newline. */
static void add_line(struct buf *lines, char *line)
{
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	/* A line that does not fit is lost, but its error is counted. */
	if (buf_append_text(lines, line) && !buf_append_byte(lines, '\n'))
		return;
}

static size_t put_place(char *line, struct place place)
{
	int len = place.line ? snprintf(line, LINE_BYTES / 2, "%s:%u: ", place.source, place.line)
			     : snprintf(line, LINE_BYTES / 2, "%s: ", place.source);
	if (len >= LINE_BYTES / 4)
		len = LINE_BYTES / 4;
	if (place.key)
		len += snprintf(line + len, LINE_BYTES / 4, "%.200s: ", place.key);
	return (size_t)len;
}

bool error_list_add(struct error_list *errors, struct place place, const char *format, ...)
{
	if (errors->count++ >= LINES)
		return false;
	char line[LINE_BYTES];
	size_t len = put_place(line, place);
	va_list list;
	va_start(list, format);
	vsnprintf(line + len, sizeof line - len, format, list);
	va_end(list);
	add_line(errors->lines, line);
	return false;
}

void error_list_close(struct error_list *errors)
{
	if (errors->count <= LINES)
		return;
	char line[64];
	snprintf(line, sizeof line, "and %u more", errors->count - LINES);
	add_line(errors->lines, line);
}
