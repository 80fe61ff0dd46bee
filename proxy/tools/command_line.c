#include "proxy/tools/command_line.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/nearest.h"

#include <stdlib.h>

/* The flags that have a value. */
static const struct flag {
	const char *name;
	const char *alias; /* NULL: none */
	const char *value;
	const char *help;
} flags[] = {
    {"--config", "-c", "FILE", "read this file; without it none is read"},
    {"--listen", NULL, "ADDRESS", "where clients reach us; may be given several times"},
    {"--upstream", NULL, "URL", "the model server behind us"},
    {"--set", NULL, "PATH=VALUE", "any option; may be given several times"},
};

/* The rows of flags. */
enum { CONFIG, LISTEN, UPSTREAM, SET, FLAGS };
_Static_assert(FLAGS == sizeof flags / sizeof flags[0], "a name for each flag");

/* Flags that stand for a subcommand. */
static const struct {
	const char *flag;
	const char *subcommand;
} shorthands[] = {{"--help", "help"}, {"-h", "help"}, {"--version", "version"}};

enum { SHORTHANDS = sizeof shorthands / sizeof shorthands[0] };

/* argv on its way into a command line. */
struct reading {
	struct command_line *line;
	char *const *next;
	bool named; /* the subcommand was */
	struct error_text *why;
};

static const struct subcommand *find_subcommand(const struct command_line *line, const char *name)
{
	for (size_t i = 0; i < line->subcommands; i++) {
		if (strcmp(line->table[i].name, name) == 0)
			return &line->table[i];
	}
	return NULL;
}

static bool unknown_subcommand(const struct reading *r, const char *word)
{
	char question[96];
	struct nearest n = nearest_to(word);
	for (size_t i = 0; i < r->line->subcommands; i++)
		nearest_offer(&n, r->line->table[i].name, r->line->table[i].name);
	return error_text_set(r->why, "no such subcommand: %.80s%s", word,
			      nearest_question(&n, question, sizeof question));
}

static bool unknown_flag(const struct reading *r, const char *word)
{
	char name[NEAREST_WORD + 1], question[96];
	size_t len = strcspn(word, "=");
	memcpy(name, word, len < sizeof name ? len : sizeof name - 1);
	name[len < sizeof name ? len : sizeof name - 1] = 0;
	struct nearest n = nearest_to(name);
	for (size_t i = 0; i < FLAGS; i++)
		nearest_offer(&n, flags[i].name, flags[i].name);
	for (size_t i = 0; i < SHORTHANDS; i++)
		nearest_offer(&n, shorthands[i].flag, shorthands[i].flag);
	return error_text_set(r->why, "no such flag: %s%s", name,
			      nearest_question(&n, question, sizeof question));
}

static bool on_word(struct reading *r, const char *word)
{
	const struct subcommand *found = find_subcommand(r->line, word);
	if (r->named)
		return error_text_set(r->why, "one subcommand at a time: %.80s", word);
	if (!found)
		return unknown_subcommand(r, word);
	r->line->subcommand = found;
	r->named = true;
	return true;
}

static void add_text(struct config_texts *texts, const char *text)
{
	/* The array is the command line's own, with room for every argument. */
	((const char **)(void *)texts->items)[texts->count++] = text;
}

static bool on_flag(struct reading *r, size_t flag, const char *value)
{
	struct config_sources *s = &r->line->sources;
	switch (flag) {
	case CONFIG:
		if (s->file)
			return error_text_set(r->why, "--config is given twice: there is one file");
		s->file = value;
		return true;
	case LISTEN:
		add_text(&s->listen, value);
		return true;
	case UPSTREAM:
		add_text(&s->upstream, value);
		return true;
	default:
		add_text(&s->settings, value);
		return true;
	}
}

/* Whether word is this flag: *ret_value is then what stands behind its '=', or NULL. */
static bool is_flag(const struct flag *flag, const char *word, const char **ret_value)
{
	size_t len = strlen(flag->name);
	bool joined = strncmp(word, flag->name, len) == 0 && word[len] == '=';
	if (!joined && strcmp(word, flag->name) != 0 &&
	    (!flag->alias || strcmp(word, flag->alias) != 0))
		return false;
	*ret_value = joined ? word + len + 1 : NULL;
	return true;
}

static bool on_dash(struct reading *r, const char *word)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const char *value;
		if (!is_flag(&flags[i], word, &value))
			continue;
		if (!value && *r->next)
			value = *r->next++;
		if (!value || !*value)
			return error_text_set(r->why, "%s needs a value: %s %s", word,
					      flags[i].name, flags[i].value);
		return on_flag(r, i, value);
	}
	return unknown_flag(r, word);
}

/* The subcommand that a flag stands for, or NULL. */
static const struct subcommand *find_shorthand(const struct command_line *line, const char *word)
{
	for (size_t i = 0; i < SHORTHANDS; i++) {
		if (strcmp(shorthands[i].flag, word) == 0)
			return find_subcommand(line, shorthands[i].subcommand);
	}
	return NULL;
}

static void make_room(struct command_line *line, size_t arguments)
{
	line->texts = memory_zeroed(3 * arguments * sizeof *line->texts);
	line->sources.listen.items = line->texts;
	line->sources.upstream.items = line->texts + arguments;
	line->sources.settings.items = line->texts + 2 * arguments;
}

bool command_line_parse(struct command_line *ret, int argc, char *const *argv,
			struct error_text *why)
{
	ensure(ret->subcommands > 0);
	make_room(ret, (size_t)argc);
	ret->subcommand = &ret->table[0];
	struct reading r = {.line = ret, .next = argv + (argc > 0), .why = why};
	while (*r.next) {
		const char *word = *r.next++;
		const struct subcommand *shorthand = find_shorthand(ret, word);
		if (shorthand) {
			/* Whoever asks for help gets it, whatever else he wrote. */
			ret->subcommand = shorthand;
			return true;
		}
		if (!(*word == '-' ? on_dash(&r, word) : on_word(&r, word)))
			return false;
	}
	return true;
}

void command_line_finish(struct command_line *line)
{
	free(line->texts);
	*line = (struct command_line){0};
}

bool command_line_describe(struct buf *to)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const struct flag *f = &flags[i];
		int width = 24 - (int)strlen(f->name) - (f->alias ? 4 : 0);
		if (!buf_printf(to, "  %s%s%s %-*s%s\n", f->alias ? f->alias : "",
				f->alias ? ", " : "", f->name, width, f->value, f->help))
			return false;
	}
	return true;
}
