/* libyaml hands out events; a stack of the open mappings and lists turns them into the tree. */
#include "config/yaml.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>
#include <yaml.h>

enum { NODES = 4096 };

struct reader {
	const char *name;
	struct error_list *faults;
	struct node *root;	       /* NULL: nothing read yet */
	struct node *open[NODE_DEPTH]; /* owned by root */
	size_t depth;
	size_t nodes;
	size_t documents;
	char *key; /* read, and its value is not */
	unsigned key_line;
};

static bool refuse(const struct reader *r, size_t line, const char *what)
{
	struct place place = {.source = r->name, .line = (unsigned)line};
	return error_list_add(r->faults, place, "%s", what);
}

/* Of an event; libyaml counts from 0. */
static unsigned line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

/* A scalar in the place of a key. */
static bool take_key(struct reader *r, const yaml_event_t *e)
{
	if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
		return refuse(r, line_of(e), "a NUL byte in a key");
	r->key = memory_copy(e->data.scalar.value, e->data.scalar.length);
	r->key_line = line_of(e);
	return true;
}

/* Hangs the node (taken) where the reader stands. */
static bool hang(struct reader *r, struct node *n)
{
	n->key = take(&r->key);
	if (n->key)
		n->line = r->key_line;
	if (r->depth > 0) {
		node_add(r->open[r->depth - 1], n);
		return true;
	}
	bool mapping = n->kind == NODE_MAPPING;
	if (!mapping && !n->absent)
		refuse(r, n->line, "a configuration is a mapping of options: key: value");
	if (mapping)
		r->root = n;
	else
		node_destroy(&n);
	return mapping || r->faults->count == 0;
}

static bool wants_key(const struct reader *r)
{
	return r->depth > 0 && r->open[r->depth - 1]->kind == NODE_MAPPING && !r->key;
}

static bool on_scalar(struct reader *r, const yaml_event_t *e)
{
	if (e->data.scalar.anchor)
		refuse(r, line_of(e), "anchors are not supported: write the value out");
	if (e->data.scalar.tag)
		refuse(r, line_of(e), "tags are not supported: write the value only");
	if (wants_key(r))
		return take_key(r, e);
	struct slice text = slice_make(e->data.scalar.value, e->data.scalar.length);
	if (text.len && memchr(text.at, 0, text.len))
		return refuse(r, line_of(e), "a NUL byte in a value");
	struct node *n = node_create_text(text, line_of(e));
	n->absent = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		    (text.len == 0 || slice_is(text, "~") || slice_is(text, "null"));
	return hang(r, n);
}

static bool on_open(struct reader *r, const yaml_event_t *e, enum node_kind kind)
{
	bool mapping = kind == NODE_MAPPING;
	if (mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor)
		refuse(r, line_of(e), "anchors are not supported: write the value out");
	if (mapping ? e->data.mapping_start.tag : e->data.sequence_start.tag)
		refuse(r, line_of(e), "tags are not supported: write the value only");
	if (wants_key(r))
		return refuse(r, line_of(e), "a key is a text, not a mapping or a list");
	if (r->depth == NODE_DEPTH)
		return refuse(r, line_of(e), "too deep: no option is nested like this");
	struct node *n = node_create(kind, line_of(e));
	if (!hang(r, n))
		return false;
	r->open[r->depth++] = n;
	return true;
}

/* False: the rest cannot be read, and the faults say why. */
static bool on_event(struct reader *r, const yaml_event_t *e)
{
	if (++r->nodes > NODES)
		return refuse(r, line_of(e), "too many values for a configuration");
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return ++r->documents == 1 ||
		       refuse(r, line_of(e), "a second document: a configuration is one");
	case YAML_ALIAS_EVENT:
		refuse(r, line_of(e), "aliases are not supported: write the value out");
		if (wants_key(r))
			return false;
		free(take(&r->key));
		return true;
	case YAML_SCALAR_EVENT:
		return on_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, e, NODE_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_open(r, e, NODE_MAPPING);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return true;
	default:
		return true;
	}
}

static unsigned line_at(struct slice text, size_t offset)
{
	unsigned line = 1;
	for (size_t i = 0; i < offset && i < text.len; i++)
		line += text.at[i] == '\n';
	return line;
}

/* A reader's problem (bytes that are no UTF-8) has an offset, the others have a line. */
static void refuse_syntax(const struct reader *r, const yaml_parser_t *p, struct slice text)
{
	bool bytes = p->error == YAML_READER_ERROR;
	struct place place = {
	    .source = r->name,
	    .line = bytes ? line_at(text, p->problem_offset) : (unsigned)p->problem_mark.line + 1,
	};
	const char *problem = p->problem ? p->problem : "out of memory";
	if (p->context && p->context_mark.line != p->problem_mark.line)
		error_list_add(r->faults, place, "not valid YAML: %s (%s of line %zu)", problem,
			       p->context, p->context_mark.line + 1);
	else
		error_list_add(r->faults, place, "not valid YAML: %s", problem);
}

/* There may be secrets in what it has read. */
static void forget_text(yaml_parser_t *p)
{
	explicit_bzero(p->buffer.start, (size_t)(p->buffer.end - p->buffer.start));
	explicit_bzero(p->raw_buffer.start, (size_t)(p->raw_buffer.end - p->raw_buffer.start));
}

static bool read_events(struct reader *r, struct slice text)
{
	yaml_parser_t parser;
	ensure(yaml_parser_initialize(&parser));
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	bool fine = true, done = false;
	while (fine && !done) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			refuse_syntax(r, &parser, text);
			fine = false;
			break;
		}
		fine = on_event(r, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_SCALAR_EVENT)
			explicit_bzero(event.data.scalar.value, event.data.scalar.length);
		yaml_event_delete(&event);
	}
	forget_text(&parser);
	yaml_parser_delete(&parser);
	return fine;
}

/* What libyaml says about NUL and about tabs helps nobody, so that we look ourselves. */
static bool check_bytes(const struct reader *r, struct slice text)
{
	unsigned before = r->faults->count, number = 0;
	for (struct slice rest = text; rest.at && rest.len;) {
		struct slice line = slice_cut(&rest, '\n');
		number++;
		size_t blank = 0, spaces = 0;
		while (blank < line.len && (line.at[blank] == ' ' || line.at[blank] == '\t'))
			spaces += line.at[blank++] == ' ';
		if (spaces < blank)
			refuse(r, number, "a tab in the indentation: YAML wants spaces");
		if (line.len && memchr(line.at, 0, line.len))
			refuse(r, number, "a NUL byte: this is no text file");
	}
	return r->faults->count == before;
}

struct node *yaml_read(const char *name, struct slice text, struct error_list *f)
{
	struct reader r = {.name = name, .faults = f};
	bool fine = check_bytes(&r, text) && read_events(&r, text);
	free(r.key);
	if (!fine)
		node_destroy(&r.root);
	else if (!r.root)
		r.root = node_create(NODE_MAPPING, 1);
	return r.root;
}

struct node *yaml_read_value(const char *name, const char *text, struct error_list *f)
{
	static const char key[] = "value: ";
	struct reader r = {.name = name, .faults = f};
	if (!text[strspn(text, " \t\r\n")])
		return node_create(NODE_LIST, 0);
	scoped(buf_finish) struct buf wrapped = buf_make(sizeof key + strlen(text));
	ensure(buf_append_text(&wrapped, key) && buf_append_text(&wrapped, text));
	scoped(node_destroy) struct node *root = yaml_read(name, buf_slice(&wrapped), f);
	struct node *value = root ? node_child(root, "value") : NULL;
	if (!value)
		return NULL;
	if (root->children.prev != &value->link) {
		refuse(&r, 0, "is more than one value");
		return NULL;
	}
	list_remove(&value->link);
	return value;
}
