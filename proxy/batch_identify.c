/* IDENTIFY: the parts of a batch and their names. */
#include "proxy/batch_internal.h"

#include "base/memory.h"

#include <stdlib.h>

/* Finds parts by name: slots of part numbers plus one, at most half of them taken. */
struct finder {
	uint32_t *slots;
	size_t mask;
};

static struct finder finder_make(size_t count)
{
	size_t room = 4;
	while (room < 2 * count)
		room *= 2;
	return (struct finder){memory_zeroed(room * sizeof(uint32_t)), room - 1};
}

/* The part of this name, which is a new one if there is none. */
static uint32_t find_part(struct batch *b, struct finder *f, const struct name *name)
{
	size_t at = name->fingerprint[0] & f->mask;
	for (; f->slots[at]; at = (at + 1) & f->mask)
		if (name_equal(&b->parts[f->slots[at] - 1].name, name))
			return f->slots[at] - 1;
	uint32_t number = (uint32_t)b->part_count++;
	f->slots[at] = number + 1;
	b->parts[number].name = *name;
	return number;
}

static void on_wake(struct reader *reader)
{
	struct request *r = container_of(reader, struct part, reader)->batch->request;
	mailbox_post(r->kit->mailbox, &r->letter);
}

static void add_input(struct batch *b, struct finder *f, uint32_t input, const struct name *name)
{
	size_t before = b->part_count;
	b->order[input] = find_part(b, f, name);
	if (b->part_count == before)
		return;
	struct part *p = &b->parts[b->order[input]];
	p->batch = b;
	p->input = input;
	p->reader.wake = on_wake;
	p->bytes = buf_make(BATCH_ANSWER);
}

/* kit->form holds the form of what all inputs share, kit->scope the scope. */
static bool name_inputs(struct batch *b)
{
	struct kit *kit = b->request->kit;
	size_t count = inputs_count(b->inputs);
	size_t shared = kit->form.len;
	struct finder finder = finder_make(count);
	bool fine = true;
	for (uint32_t i = 0; fine && i < count; i++) {
		struct name name;
		kit->form.len = shared;
		fine = inputs_form(b->inputs, i, kit->canonical, &kit->form);
		namer_name(kit->namer, buf_slice(&kit->scope), buf_slice(&kit->form), &name);
		if (fine)
			add_input(b, &finder, i, &name);
	}
	free(finder.slots);
	return fine;
}

/* What is left out of a request's name, and what its inputs share without. */
static const char **ignored(const struct ask_options *options, size_t *ret_count)
{
	size_t apart = 0;
	while (inputs_apart[apart])
		apart++;
	const char **names = memory_zeroed((options->ignore_count + apart) * sizeof *names);
	for (size_t i = 0; i < options->ignore_count; i++)
		names[i] = options->ignore[i];
	for (size_t i = 0; i < apart; i++)
		names[options->ignore_count + i] = inputs_apart[i];
	*ret_count = options->ignore_count + apart;
	return names;
}

/* The inputs point into the body, out of which something was taken. */
static bool take_apart_again(struct batch *b)
{
	if (!b->request->ask.cut.text)
		return true;
	inputs_destroy(&b->inputs);
	b->inputs = inputs_read(request_body_text(b->request));
	return b->inputs != NULL;
}

static bool read_shared(struct request *r, const struct ask_options *options)
{
	struct kit *kit = r->kit;
	struct ask_options shared = *options;
	const char **names = ignored(options, &shared.ignore_count);
	shared.ignore = names;
	ask_read(r->endpoint, kit->canonical, request_body_text(r), &shared, &kit->form, &r->ask);
	free(names);
	return request_settle(r) == VERDICT_FINE && !r->controls.no_store &&
	       take_apart_again(r->batch) && request_scope(r);
}

static struct batch *batch_create(struct request *r, struct inputs *inputs)
{
	struct batch *b = memory_new(struct batch);
	size_t count = inputs_count(inputs);
	b->request = r;
	b->inputs = inputs;
	b->parts = memory_zeroed(count * sizeof *b->parts);
	b->order = memory_zeroed(count * sizeof *b->order);
	return b;
}

static bool may_be_batch(const struct request *r)
{
	return r->endpoint->batches && r->upload && !r->controls.no_store;
}

bool batch_identify(struct request *r, const struct ask_options *options)
{
	struct inputs *inputs = may_be_batch(r) ? inputs_read(request_body_text(r)) : NULL;
	if (!inputs)
		return false;
	r->batch = batch_create(r, inputs);
	bool fine = read_shared(r, options) && name_inputs(r->batch);
	buf_clear(&r->kit->form);
	if (!fine)
		batch_destroy(&r->batch);
	return fine;
}
