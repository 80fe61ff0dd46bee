#include "base/error_text.h"

#include <stdarg.h>
#include <stdio.h>

bool error_text_set(struct error_text *why, const char *format, ...)
{
	if (!why)
		return false;
	va_list list;
	va_start(list, format);
	vsnprintf(why->text, sizeof why->text, format, list);
	va_end(list);
	return false;
}

bool error_text_wrap(struct error_text *why, const char *format, ...)
{
	if (!why)
		return false;
	struct error_text inner = *why;
	va_list list;
	va_start(list, format);
	int len = vsnprintf(why->text, sizeof why->text, format, list);
	va_end(list);
	if (len >= 0 && (size_t)len < sizeof why->text)
		snprintf(why->text + len, sizeof why->text - (size_t)len, ": %s", inner.text);
	return false;
}
