#include "cache/flight/recent_names.h"

#include "base/memory.h"

#include <stdlib.h>

enum { SLOTS = 1024 };

struct recent_names {
	struct {
		struct name name;
		int64_t until_ms;
	} slots[SLOTS];
};

struct recent_names *recent_names_create(void)
{
	return memory_new(struct recent_names);
}

void recent_names_destroy(struct recent_names **names)
{
	free(take(names));
}

void recent_names_add(struct recent_names *names, const struct name *name, int64_t until_ms)
{
	size_t slot = name->fingerprint[0] % SLOTS;
	names->slots[slot].name = *name;
	names->slots[slot].until_ms = until_ms;
}

bool recent_names_has(const struct recent_names *names, const struct name *name, int64_t now_ms)
{
	size_t slot = name->fingerprint[0] % SLOTS;
	return names->slots[slot].until_ms > now_ms && name_equal(&names->slots[slot].name, name);
}
