/* Builds the tree from libyaml's events, with a stack of the open mappings and lists. */
#include "config/yaml.h"

#include "base/ensure.h"
#include "base/memory.h"

#include <stdlib.h>
#include <yaml.h>

enum { NODES = 4096 };

struct reader {
	const char *name;
	struct error_list *errors;
	struct node *root;	       /* NULL: no node yet */
	struct node *open[NODE_DEPTH]; /* owned by root */
	size_t depth;
	size_t nodes;
	size_t documents;
	bool no_line_numbers; /* a single value on one line */
	unsigned skipped;     /* lines in front of the text, which do not count */
	char *key;	      /* of the value that comes next, or NULL */
	unsigned key_line;
};

/* Returns 0, which is not shown, for a single line. */
static unsigned line_shown(const struct reader *r, unsigned line)
{
	return r->no_line_numbers || line <= r->skipped ? 0 : line - r->skipped;
}

static bool refuse(const struct reader *r, size_t line, const char *what)
{
	struct place place = {.source = r->name, .line = line_shown(r, (unsigned)line)};
	return error_list_add(r->errors, place, "%s", what);
}

/* The line of an event, from 1; libyaml counts from 0. */
static unsigned line_of(const yaml_event_t *e)
{
	return (unsigned)e->start_mark.line + 1;
}

/* Reads a scalar that is a key. */
static bool take_key(struct reader *r, const yaml_event_t *e)
{
	if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
		return refuse(r, line_of(e), "a NUL byte in a key");
	r->key = memory_copy(e->data.scalar.value, e->data.scalar.length);
	r->key_line = line_of(e);
	return true;
}

/* Adds the node, and takes ownership of it, at the current position. */
static bool attach(struct reader *r, struct node *n)
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
		refuse(r, n->line,
		       "a configuration is a mapping of options: key: value, with a "
		       "blank behind the colon");
	if (mapping)
		r->root = n;
	else
		node_destroy(&n);
	return mapping || r->errors->count == 0;
}

static bool wants_key(const struct reader *r)
{
	return r->depth > 0 && r->open[r->depth - 1]->kind == NODE_MAPPING && !r->key;
}

static bool on_scalar(struct reader *r, const yaml_event_t *e)
{
	if (e->data.scalar.anchor)
		refuse(r, line_of(e),
		       "anchors are not supported: write the value out, or quote a text that "
		       "begins with &");
	if (e->data.scalar.tag)
		refuse(r, line_of(e),
		       "tags are not supported: write the value only, or quote a text that "
		       "begins with !");
	if (wants_key(r))
		return take_key(r, e);
	struct slice text = slice_make(e->data.scalar.value, e->data.scalar.length);
	if (text.len && memchr(text.at, 0, text.len))
		return refuse(r, line_of(e), "a NUL byte in a value");
	struct node *n = node_create_text(text, line_of(e));
	n->absent = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		    (text.len == 0 || slice_is(text, "~") || slice_is(text, "null") ||
		     slice_is(text, "Null") || slice_is(text, "NULL"));
	return attach(r, n);
}

static bool on_open(struct reader *r, const yaml_event_t *e, enum node_kind kind)
{
	bool mapping = kind == NODE_MAPPING;
	if (mapping ? e->data.mapping_start.anchor : e->data.sequence_start.anchor)
		refuse(r, line_of(e),
		       "anchors are not supported: write the value out, or quote a text that "
		       "begins with &");
	if (mapping ? e->data.mapping_start.tag : e->data.sequence_start.tag)
		refuse(r, line_of(e),
		       "tags are not supported: write the value only, or quote a text that "
		       "begins with !");
	if (wants_key(r))
		return refuse(r, line_of(e),
			      "a key is a text, not a mapping or a list: quote a text that begins "
			      "with { or [");
	if (r->depth == NODE_DEPTH)
		return refuse(r, line_of(e), "too deep: no option is nested like this");
	struct node *n = node_create(kind, line_of(e));
	if (!attach(r, n))
		return false;
	r->open[r->depth++] = n;
	return true;
}

/* Returns false, with an error added, if the rest cannot be parsed. */
static bool on_event(struct reader *r, const yaml_event_t *e)
{
	if (++r->nodes > NODES)
		return refuse(r, line_of(e), "too many values for a configuration");
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return ++r->documents == 1 ||
		       refuse(r, line_of(e), "a second document: a configuration is one");
	case YAML_ALIAS_EVENT:
		refuse(r, line_of(e),
		       "aliases are not supported: write the value out, or quote a text that "
		       "begins with *");
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

/* Hints for libyaml's errors that do not explain themselves. */
static const struct advice {
	const char *said; /* a part of the problem, or the whole context */
	const char *advice;
} advices[] = {
    {"while scanning an alias", "; quote a text that begins with *"},
    {"while scanning an anchor", "; quote a text that begins with &"},
    {"while scanning a tag", "; quote a text that begins with !"},
    {"expected tag URI", "; quote a text that begins with !"},
    {"cannot start any token", "; quote a text that begins with @, %, | or a backtick"},
    {"block sequence entries are not allowed", "; a list of lines with dashes begins on a line of "
					       "its own"},
    {"did not find expected node content",
     "; a text that begins with ? is quoted, and a bracket is closed"},
    {"UTF-8", "; save it as UTF-8"},
    {"mapping values are not allowed", "; is the indentation right? A text with \": \" in it has "
				       "to be quoted"},
    {"expected key", "; is the indentation that of the lines above?"},
    {"expected '-' indicator", "; is the indentation that of the lines above?"},
    {"could not find expected ':'", "; a blank follows the colon behind a key"},
    {"unknown escape character", "; in double quotes a backslash is written twice"},
    {"expected ',' or '}'", "; within braces quote a text with one of , : [ ] { } in it"},
    {"expected ',' or ']'", "; within brackets quote a text with one of , [ ] { } in it"},
    {"expected <document start>", "; a configuration is one document"},
};

static const char *advice_on(const struct reader *r, const char *problem, const char *context)
{
	const char *advice = "";
	for (size_t i = 0; i < sizeof advices / sizeof *advices && !*advice; i++)
		if (strstr(problem, advices[i].said) ||
		    (context && strcmp(context, advices[i].said) == 0))
			advice = advices[i].advice;
	return r->no_line_numbers && strstr(advice, "indentation") ? "" : advice;
}

/* An error of libyaml's reader (invalid UTF-8) has an offset, others have a line. */
static void refuse_syntax(const struct reader *r, const yaml_parser_t *p, struct slice text)
{
	bool bytes = p->error == YAML_READER_ERROR;
	unsigned line =
	    bytes ? line_at(text, p->problem_offset) : (unsigned)p->problem_mark.line + 1;
	struct place place = {.source = r->name, .line = line_shown(r, line)};
	const char *problem = p->problem ? p->problem : "out of memory";
	const char *advice = advice_on(r, problem, p->context);
	if (p->context && !r->no_line_numbers && p->context_mark.line != p->problem_mark.line)
		error_list_add(r->errors, place, "not valid YAML: %s (%s of line %zu)%s", problem,
			       p->context, p->context_mark.line + 1 - r->skipped, advice);
	else
		error_list_add(r->errors, place, "not valid YAML: %s%s", problem, advice);
}

/* Overwrites the parser's buffers, which may contain secrets. */
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

/* Refuses no-break spaces and curly quotes, which word processors and web pages insert, where YAML
 * needs blanks and quotes. They are permitted inside a text. */
static void check_look_alikes(const struct reader *r, unsigned number, struct slice line)
{
	static const char blank[] = "\xc2\xa0";
	static const char *const quotes[] = {"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x98",
					     "\xe2\x80\x99"};
	struct slice value = slice_trim(line);
	if (value.len && memchr(value.at, '#', value.len))
		return;
	const char *at = value.len ? memmem(value.at, value.len, blank, 2) : NULL;
	if (at && (at == value.at || at[-1] == ':' || at + 2 == value.at + value.len))
		refuse(r, number, "a no-break space where a blank is needed");
	const char *colon = value.len ? memmem(value.at, value.len, ": ", 2) : NULL;
	if (colon)
		value = slice_trim(slice_after(value, (size_t)(colon - value.at) + 2));
	for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++)
		if (slice_starts(value, slice_of(quotes[i])))
			refuse(r, number, "a curly quote, which is not a quote in YAML");
}

/* Checks for NUL and tabs, for which libyaml's errors are no help. */
static bool check_bytes(const struct reader *r, struct slice text)
{
	unsigned before = r->errors->count, number = 0;
	if (slice_starts(text, slice_of("\xff\xfe")) || slice_starts(text, slice_of("\xfe\xff")))
		return refuse(r, 1, "is UTF-16: save it as UTF-8");
	for (struct slice rest = text; rest.at && rest.len;) {
		struct slice line = slice_cut(&rest, '\n');
		number++;
		size_t blank = 0, spaces = 0;
		while (blank < line.len && (line.at[blank] == ' ' || line.at[blank] == '\t'))
			spaces += line.at[blank++] == ' ';
		if (spaces < blank)
			refuse(r, number, "a tab in the indentation: YAML wants spaces");
		if (line.len && memchr(line.at, 0, line.len))
			refuse(r, number, "a NUL byte: this is not a text file");
		check_look_alikes(r, number, line);
	}
	return r->errors->count == before;
}

static struct node *read_root(struct reader *r, struct slice text)
{
	bool fine = check_bytes(r, text) && read_events(r, text);
	free(r->key);
	if (!fine)
		node_destroy(&r->root);
	else if (!r->root)
		r->root = node_create(NODE_MAPPING, 1);
	return r->root;
}

struct node *yaml_read(const char *name, struct slice text, struct error_list *errors)
{
	struct reader r = {.name = name, .errors = errors};
	return read_root(&r, text);
}

struct node *yaml_read_value(const char *name, const char *text, struct error_list *errors)
{
	struct reader r = {.name = name, .errors = errors, .no_line_numbers = !strchr(text, '\n')};
	size_t blank = strspn(text, " \t\r\n");
	if (!text[blank])
		return node_create(NODE_LIST, 0);
	/* A list of lines with dashes begins on a line of its own. */
	r.skipped = text[blank] == '-';
	const char *key = r.skipped ? "value:\n" : "value: ";
	scoped(buf_finish) struct buf wrapped = buf_make(sizeof "value: " + strlen(text));
	ensure(buf_append_text(&wrapped, key) && buf_append_text(&wrapped, text));
	scoped(node_destroy) struct node *root = read_root(&r, buf_slice(&wrapped));
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
