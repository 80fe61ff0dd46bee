/* Readers and producers for tests, which count the calls they get. */
#pragma once

#include "cache/flight/flight.h"

struct watcher {
	struct reader reader;
	int wakes;
};

struct maker {
	struct producer producer;
	int rooms;
	int abandons;
};

static inline void watcher_wake(struct reader *r)
{
	container_of(r, struct watcher, reader)->wakes++;
}

static inline struct watcher watcher_make(void)
{
	return (struct watcher){.reader.wake = watcher_wake};
}

static inline void maker_room(struct producer *p)
{
	container_of(p, struct maker, producer)->rooms++;
}

static inline void maker_abandoned(struct producer *p)
{
	container_of(p, struct maker, producer)->abandons++;
}

static inline struct maker maker_make(void)
{
	return (struct maker){.producer = {maker_room, maker_abandoned}};
}

/* Destroys a head for tests, which counts how often it is destroyed. */
static inline void head_destroy(void **head)
{
	++*(int *)*head;
	*head = NULL;
}
