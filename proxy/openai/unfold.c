/* What the families' streams have in common: frames, and text in pieces. */
#include "proxy/openai/unfold.h"

#include "base/utf8.h"
#include "proxy/openai/fold_internal.h"

/* An event is a part of the object and what goes around it. */
enum { FRAME_AROUND = 1 << 16 };

/* Each event repeats the envelope: an answer with a model's name of many kilobytes would become one
 * that is thousands of times as long. A usual envelope around letters that are words of their own
 * makes it 150 times as long. */
enum { MOST_TIMES = 256, MOST_MORE = 1 << 16 };

/* ## Sending */

static bool write_frame(struct unfolding *u, const char *name, const struct node *event)
{
	buf_clear(&u->frame);
	if (name && !buf_printf(&u->frame, "event: %s\n", name))
		return false;
	return !tree_failed(u->tree) && buf_append_text(&u->frame, "data: ") &&
	       node_write(event, &u->frame) && buf_append_text(&u->frame, "\n\n");
}

static void hand_out(struct unfolding *u, struct slice frame)
{
	u->failed = frame.len > u->left || !u->options->on_event(u->options->context, frame);
	u->left -= u->failed ? 0 : frame.len;
}

void unfold_send(struct unfolding *u, const char *name, const struct node *event)
{
	if (u->failed)
		return;
	if (write_frame(u, name, event))
		hand_out(u, buf_slice(&u->frame));
	else
		u->failed = true;
}

void unfold_send_done(struct unfolding *u)
{
	static const struct slice done = SLICE("data: [DONE]\n\n");
	if (!u->failed)
		hand_out(u, done);
}

/* ## Pieces */

/* The length of the character at the front of a spelled text that is valid and not empty. */
static size_t character_length(struct slice text)
{
	enum { SHORT_ESCAPE = 2, LONG_ESCAPE = 6 };
	if (text.at[0] != '\\')
		return utf8_lead((unsigned char)text.at[0]).length;
	if (text.at[1] != 'u')
		return SHORT_ESCAPE;
	bool high_half =
	    (text.at[2] | 0x20) == 'd' && text.at[3] >= '8' && strchr("89aAbB", text.at[3]);
	return high_half ? 2 * LONG_ESCAPE : LONG_ESCAPE;
}

static bool is_blank(struct slice text)
{
	return text.at[0] == ' ' || (text.at[0] == '\\' && strchr("ntr", text.at[1]));
}

/* From U+3000 up are the scripts that put no blanks between words, and pictures; but from U+A000 to
 * the surrogates is Hangul, which does put them. */
static bool is_word_alone(struct slice text)
{
	unsigned char lead = (unsigned char)text.at[0];
	if (lead != '\\')
		return lead >= 0xe3 && (lead < 0xea || lead > 0xed);
	if (text.at[1] != 'u')
		return false;
	int digit = text.at[2] | 0x20;
	return digit >= '3' && (digit < 'a' || digit > 'd' || (digit == 'd' && text.at[3] >= '8'));
}

/* Blanks belong to the word behind them, as in most models' tokens. */
struct slice unfold_piece(struct slice *rest, size_t characters)
{
	struct slice left = *rest;
	bool blank = true;
	for (size_t count = 0; left.len; count++) {
		bool begins = !blank && (is_word_alone(left) || is_blank(left));
		if (count && count >= characters && begins)
			break;
		blank = is_blank(left);
		left = slice_after(left, character_length(left));
	}
	struct slice piece = {rest->at, rest->len - left.len};
	*rest = left;
	return piece;
}

/* ## All of it */

static bool unfold_family(enum endpoint_family family, struct unfolding *u, struct node *object)
{
	switch (family) {
	case FAMILY_CHAT:
		return unfold_chat(u, object);
	case FAMILY_COMPLETIONS:
		return unfold_completions(u, object);
	case FAMILY_RESPONSES:
		return unfold_responses(u, object);
	case FAMILY_MESSAGES:
		return unfold_messages(u, object);
	default:
		return false;
	}
}

bool unfold(enum endpoint_family family, struct slice object, const struct unfold_options *options)
{
	scoped(tree_destroy) struct tree *tree = tree_create(fold_tree_limit(object.len));
	struct node *root = tree_read(tree, object);
	if (!root || root->kind != JSON_OBJECT_OPEN || node_value(root, "error"))
		return false;
	struct unfolding u = {
	    .tree = tree,
	    .options = options,
	    .frame = buf_make(2 * object.len + FRAME_AROUND),
	    .left = MOST_TIMES * object.len + MOST_MORE,
	};
	bool fine = unfold_family(family, &u, root) && !u.failed && !tree_failed(tree);
	buf_finish(&u.frame);
	return fine;
}
