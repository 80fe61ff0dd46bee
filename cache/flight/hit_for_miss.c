#include "cache/flight/hit_for_miss.h"

#include "base/memory.h"

#include <stdlib.h>

enum { PLACES = 1024 };

struct marks {
	struct {
		struct name name;
		int64_t until_ms;
	} places[PLACES];
};

struct marks *marks_create(void)
{
	return memory_new(struct marks);
}

void marks_destroy(struct marks **m)
{
	free(take(m));
}

void marks_add(struct marks *m, const struct name *name, int64_t until_ms)
{
	size_t place = name->fingerprint[0] % PLACES;
	m->places[place].name = *name;
	m->places[place].until_ms = until_ms;
}

bool marks_has(const struct marks *m, const struct name *name, int64_t now_ms)
{
	size_t place = name->fingerprint[0] % PLACES;
	return m->places[place].until_ms > now_ms && name_equal(&m->places[place].name, name);
}
