#include "proxy/tools/command_line.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "config/nearest.h"
#include "config/options.h"

#include <stdio.h>
#include <stdlib.h>

/* Flags with a value. */
static const struct flag {
	const char *name;
	const char *alias; /* NULL: none */
	const char *value;
	const char *help;
} flags[] = {
    {"--config", "-c", "FILE", "read this file; without it none is read"},
    {"--listen", NULL, "ADDRESS", "listen on this address; may be repeated"},
    {"--upstream", NULL, "URL", "forward to this model server"},
    {"--set", NULL, "PATH=VALUE", "set any option; may be repeated"},
};

/* Indices of flags[]. */
enum { CONFIG, LISTEN, UPSTREAM, SET, FLAGS };
_Static_assert(FLAGS == sizeof flags / sizeof flags[0], "a name for each flag");

/* Flags that are short for a subcommand. */
static const struct shorthand {
	const char *name;
	const char *alias; /* NULL: none */
	const char *subcommand;
	const char *topic; /* NULL: the preceding subcommand */
	const char *help;
} shorthands[] = {
    {"--help", "-h", "help", NULL, "show this help, or that of the preceding subcommand"},
    {"--help-all", NULL, "help", "options", "list all options"},
    {"--version", "-V", "version", NULL, "print the version"},
};

enum { SHORTHANDS = sizeof shorthands / sizeof shorthands[0] };

/* The state of the parser. */
struct parser {
	struct command_line *line;
	char *const *next;
	bool named; /* a subcommand has been read */
	struct error_text *why;
};

const struct subcommand *command_line_find(const struct command_line *line, const char *name)
{
	for (size_t i = 0; i < line->subcommands; i++) {
		if (strcmp(line->table[i].name, name) == 0)
			return &line->table[i];
	}
	return NULL;
}

/* What subcommands are called in other programs. */
static const struct synonym {
	const char *word, *meant;
} synonyms[] = {
    {"run", "serve"},	{"start", "serve"}, {"proxy", "serve"},		{"validate", "check"},
    {"test", "check"},	{"lint", "check"},  {"configtest", "check"},	{"check-config", "check"},
    {"show", "config"}, {"dump", "config"}, {"print-config", "config"},
};

static bool is_file_name(const char *word)
{
	return word[strcspn(word, "./")];
}

static bool unknown_subcommand(const struct parser *p, const char *word)
{
	char question[96];
	struct nearest n = nearest_to(word);
	for (size_t i = 0; i < p->line->subcommands; i++)
		nearest_offer(&n, p->line->table[i].name, p->line->table[i].name);
	for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
		if (strcmp(synonyms[i].word, word) == 0)
			n.shown = synonyms[i].meant;
	if (!n.shown && is_file_name(word))
		return error_text_set(
		    p->why, "no such subcommand: %.80s (a file is given as -c FILE)", word);
	return error_text_set(p->why, "no such subcommand: %.80s%s", word,
			      nearest_question(&n, question, sizeof question));
}

/* Asks whether an option is meant, which has no flag of its own, as with --cache.ttl=1h. */
static bool not_a_flag(const struct parser *p, const char *name)
{
	char question[OPTION_QUESTION] = "";
	const char *path = name + strspn(name, "-");
	if (option_find(path))
		return error_text_set(p->why, "no such flag: %s (did you mean --set %s=VALUE?)",
				      name, path);
	if (path[0] && path[1])
		option_question(path, question, sizeof question);
	return error_text_set(p->why, "no such flag: %s%s%s", name, question,
			      *question ? "; options are set with --set PATH=VALUE" : "");
}

/* Refuses a value that is joined to a short flag: -cFILE. Returns true if it is none. */
static bool refuse_joined(const struct parser *p, const char *word)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const char *alias = flags[i].alias;
		size_t len = alias ? strlen(alias) : 0;
		if (!alias || strncmp(word, alias, len) != 0 || !word[len])
			continue;
		const char *value = word + len + (word[len] == '=');
		return error_text_set(p->why, "no such flag: %.80s (did you mean %s %.80s?)", word,
				      alias, *value ? value : flags[i].value);
	}
	return true;
}

static bool unknown_flag(const struct parser *p, const char *word)
{
	char name[NEAREST_WORD + 1], question[96];
	if (!refuse_joined(p, word))
		return false;
	size_t len = strcspn(word, "=");
	memcpy(name, word, len < sizeof name ? len : sizeof name - 1);
	name[len < sizeof name ? len : sizeof name - 1] = 0;
	struct nearest n = nearest_to(name);
	for (size_t i = 0; i < FLAGS; i++)
		nearest_offer(&n, flags[i].name, flags[i].name);
	for (size_t i = 0; i < SHORTHANDS; i++)
		nearest_offer(&n, shorthands[i].name, shorthands[i].name);
	if (!n.shown)
		return not_a_flag(p, name);
	return error_text_set(p->why, "no such flag: %s%s", name,
			      nearest_question(&n, question, sizeof question));
}

static void add_text(struct config_texts *texts, const char *text)
{
	/* The array is the command line's own, with room for every argument. */
	((const char **)(void *)texts->items)[texts->count++] = text;
}

static bool on_flag(struct parser *p, size_t flag, const char *value)
{
	struct config_sources *s = &p->line->sources;
	switch (flag) {
	case CONFIG:
		if (!*value)
			return error_text_set(p->why, "the name of the file is empty");
		if (s->file)
			return error_text_set(p->why, "a file is given twice: %.80s and %.80s",
					      s->file, value);
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

/* Reads the argument of a subcommand. */
static bool on_argument(struct parser *p, const char *word)
{
	const struct subcommand *s = p->line->subcommand;
	if (!s->word && is_file_name(word))
		return error_text_set(p->why, "%s takes no file behind it: -c %.80s", s->name,
				      word);
	if (!s->word || p->line->topic)
		return error_text_set(p->why, "one subcommand at a time: %.80s", word);
	if (strcmp(s->word, "FILE") == 0)
		return on_flag(p, CONFIG, word);
	p->line->topic = word;
	return true;
}

static bool on_word(struct parser *p, const char *word)
{
	if (p->named)
		return on_argument(p, word);
	const struct subcommand *found = command_line_find(p->line, word);
	if (!found)
		return unknown_subcommand(p, word);
	p->line->subcommand = found;
	p->named = true;
	return true;
}

/* Whether word is this flag. If so, *ret_value is the text behind its '=', or NULL. */
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

static bool on_dash(struct parser *p, const char *word)
{
	for (size_t i = 0; i < FLAGS; i++) {
		const char *value;
		if (!is_flag(&flags[i], word, &value))
			continue;
		/* Another flag is no value: it was forgotten, or a variable is empty. */
		if (!value && *p->next && (**p->next != '-' || !(*p->next)[1]))
			value = *p->next++;
		if (!value || !*value)
			return error_text_set(p->why, "%s needs a value: %s %s", word,
					      flags[i].name, flags[i].value);
		return on_flag(p, i, value);
	}
	return unknown_flag(p, word);
}

static const struct shorthand *find_shorthand(const char *word)
{
	for (size_t i = 0; i < SHORTHANDS; i++) {
		const char *alias = shorthands[i].alias;
		if (strcmp(shorthands[i].name, word) == 0 || (alias && strcmp(alias, word) == 0))
			return &shorthands[i];
	}
	return NULL;
}

/* Ends parsing: the rest of the command line is ignored. */
static void on_shorthand(struct parser *p, const struct shorthand *s)
{
	struct command_line *line = p->line;
	const char *next = *p->next;
	if (s->topic)
		line->topic = s->topic;
	else if (p->named && strcmp(line->subcommand->name, s->subcommand) != 0)
		line->topic = line->subcommand->name;
	else if (next && command_line_find(line, next))
		line->topic = next;
	line->subcommand = command_line_find(line, s->subcommand);
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
	struct parser p = {.line = ret, .next = argv + (argc > 0), .why = why};
	while (*p.next) {
		const char *word = *p.next++;
		const struct shorthand *shorthand = find_shorthand(word);
		if (shorthand) {
			on_shorthand(&p, shorthand);
			return true;
		}
		if (!(*word == '-' ? on_dash(&p, word) : on_word(&p, word)))
			return false;
	}
	return true;
}

void command_line_finish(struct command_line *line)
{
	free(line->texts);
	*line = (struct command_line){0};
}

static bool describe_flag(struct buf *to, const char *alias, const char *name, const char *value,
			  const char *help)
{
	char left[64];
	snprintf(left, sizeof left, "%s %s", name, value);
	return buf_printf(to, "  %2s%s %-20s  %s\n", alias ? alias : "", alias ? "," : " ", left,
			  help);
}

bool command_line_describe(struct buf *to)
{
	bool fits = true;
	for (size_t i = 0; fits && i < FLAGS; i++)
		fits =
		    describe_flag(to, flags[i].alias, flags[i].name, flags[i].value, flags[i].help);
	for (size_t i = 0; fits && i < SHORTHANDS; i++)
		fits = describe_flag(to, shorthands[i].alias, shorthands[i].name, "",
				     shorthands[i].help);
	return fits;
}
