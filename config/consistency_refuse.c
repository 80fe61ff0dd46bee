/* How a check of a configuration refuses an option. */
#include "config/consistency_internal.h"

#include "config/options.h"

#include <stdarg.h>
#include <stdio.h>

void check_refuse(struct check *k, const char *path, const char *format, ...)
{
	char place[OPTION_PLACE], text[512];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	option_place(k->config, option_find(path), place);
	error_list_add(k->errors, (struct place){.source = place}, "%s", text);
}
