/* Shared by the families: sending frames, and splitting text into pieces. */
#include "proxy/openai/wire/unfold_internal.h"

#include "base/utf8.h"

/* ## Sending */

static bool write_frame(struct unfolding *u, const char *name, const struct json_node *event)
{
	buf_clear(&u->frame);
	if (name && !buf_printf(&u->frame, "event: %s\n", name))
		return false;
	return !json_tree_failed(u->tree) && buf_append_text(&u->frame, "data: ") &&
	       json_node_write(event, &u->frame) && buf_append_text(&u->frame, "\n\n");
}

static void emit(struct unfolding *u, struct slice frame)
{
	u->failed = frame.len > u->left || !u->options->on_event(u->options->context, frame);
	u->left -= u->failed ? 0 : frame.len;
}

void unfold_send(struct unfolding *u, const char *name, const struct json_node *event)
{
	if (u->failed)
		return;
	if (write_frame(u, name, event))
		emit(u, buf_slice(&u->frame));
	else
		u->failed = true;
}

void unfold_send_done(struct unfolding *u)
{
	static const struct slice done = SLICE("data: [DONE]\n\n");
	if (!u->failed)
		emit(u, done);
}

/* ## Pieces */

/* Returns the length of the first character of a spelled text that is valid and not empty. */
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

/* Whether the first character counts as a word of its own. From U+3000 on these are scripts without
 * blanks between words, and pictures; except Hangul, from U+A000 to the surrogates, which has
 * blanks. */
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

/* Blanks belong to the following word, as in most models' tokens. */
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
