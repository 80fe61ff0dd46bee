#include "cache/flight/recent_names.h"

#include "base/memory.h"

#include <stdlib.h>

enum { PLACES = 1024 };

struct recent_names {
	struct {
		struct name name;
		int64_t until_ms;
	} places[PLACES];
};

struct recent_names *recent_names_create(void)
{
	return memory_new(struct recent_names);
}

void recent_names_destroy(struct recent_names **m)
{
	free(take(m));
}

void recent_names_add(struct recent_names *m, const struct name *name, int64_t until_ms)
{
	size_t place = name->fingerprint[0] % PLACES;
	m->places[place].name = *name;
	m->places[place].until_ms = until_ms;
}

bool recent_names_has(const struct recent_names *m, const struct name *name, int64_t now_ms)
{
	size_t place = name->fingerprint[0] % PLACES;
	return m->places[place].until_ms > now_ms && name_equal(&m->places[place].name, name);
}
