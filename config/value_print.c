/* How values are printed, so that they read back as the same. */
#include "config/value_internal.h"

/* In descending order: a value is printed in the first unit that divides it. */
const struct unit value_sizes[VALUE_SIZES] = {
    {"TiB", 1ULL << 40, 1}, {"TB", 1000000000000, 1}, {"GiB", 1ULL << 30, 1},
    {"GB", 1000000000, 1},  {"MiB", 1ULL << 20, 1},   {"MB", 1000000, 1},
    {"KiB", 1ULL << 10, 1}, {"KB", 1000, 1},	      {"B", 1, UINT64_MAX},
    {NULL, 1, 0},
};

/* One day is printed as 24h, several as days. */
const struct unit value_durations[VALUE_DURATIONS] = {
    {"d", 86400000, 172800000},
    {"h", 3600000, 1},
    {"m", 60000, 120000},
    {"s", 1000, 1},
    {"ms", 1, 1},
};

bool value_print_count(struct buf *to, uint64_t count)
{
	return buf_printf(to, "%llu", (unsigned long long)count);
}

static bool print_in_units(struct buf *to, const struct unit *units, uint64_t n)
{
	while (units->name && (n < units->print_from || n % units->factor != 0))
		units++;
	return buf_printf(to, "%llu%s", (unsigned long long)(n / units->factor),
			  units->name ? units->name : "");
}

bool value_print_size(struct buf *to, uint64_t bytes)
{
	return print_in_units(to, value_sizes, bytes);
}

bool value_print_duration(struct buf *to, uint64_t ms)
{
	return ms == 0 ? buf_append_text(to, "0") : print_in_units(to, value_durations, ms);
}

bool value_print_percentage(struct buf *to, uint64_t hundredths)
{
	unsigned long long whole = hundredths / 100;
	unsigned part = (unsigned)(hundredths % 100);
	if (part == 0)
		return buf_printf(to, "%llu%%", whole);
	if (part % 10 == 0)
		return buf_printf(to, "%llu.%u%%", whole, part / 10);
	return buf_printf(to, "%llu.%02u%%", whole, part);
}
