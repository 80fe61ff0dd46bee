#include "proxy/openai/storable/answer_kind.h"

#include "base/utf8.h"
#include "cache/key/json_scan.h"
#include "proxy/openai/media_type.h"

struct row {
	enum answer_kind kind;
	const char *type;
};

/* OpenAI sends all texts as text/plain; other servers use types of their own for subtitles. Speech
 * servers may send audio as octet-stream. */
static const struct row rows[] = {
    {ANSWER_JSON, "application/json"}, {ANSWER_TEXT, "text/plain"},
    {ANSWER_SRT, "text/plain"},	       {ANSWER_SRT, "application/x-subrip"},
    {ANSWER_SRT, "text/srt"},	       {ANSWER_VTT, "text/plain"},
    {ANSWER_VTT, "text/vtt"},	       {ANSWER_AUDIO, "application/octet-stream"},
};

static bool is_audio(struct slice content_type)
{
	static const struct slice audio = SLICE("audio/");
	return content_type.len > audio.len &&
	       slice_equal_nocase(slice_make(content_type.at, audio.len), audio);
}

bool answer_kind_matches(enum answer_kind *kind, struct slice content_type)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kind == *kind && media_type_is(content_type, rows[i].type))
			return true;
	if (*kind == ANSWER_TEXT && media_type_is(content_type, "application/json")) {
		*kind = ANSWER_JSON;
		return true;
	}
	return *kind == ANSWER_AUDIO && is_audio(slice_trim(content_type));
}

static bool is_blank(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.at[i]) || text.at[i] == 0)
			return false;
	return true;
}

static bool is_utf8(struct slice text)
{
	size_t length;
	while (text.len && (length = utf8_length(text)))
		text = slice_after(text, length);
	return text.len == 0;
}

static bool has(struct slice text, const char *part)
{
	return text.len && memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* WebVTT §4.1: the text may begin with a byte order mark. */
static bool begins_vtt(struct slice text)
{
	static const struct slice marked = SLICE("\xef\xbb\xbfWEBVTT");
	static const struct slice plain = SLICE("WEBVTT");
	return slice_starts(text, plain) || slice_starts(text, marked);
}

/* JSON in place of audio is an error with the wrong Content-Type. */
static enum verdict audio_verdict(struct slice body)
{
	return is_blank(body) || json_valid(body) ? VERDICT_UNEXPECTED_SHAPE : VERDICT_FINE;
}

enum verdict answer_kind_verdict(enum answer_kind kind, struct slice body)
{
	if (kind == ANSWER_AUDIO)
		return audio_verdict(body);
	if (!is_utf8(body))
		return VERDICT_INVALID_ANSWER;
	if (kind == ANSWER_VTT && !begins_vtt(body))
		return VERDICT_UNEXPECTED_SHAPE;
	/* Each subtitle has an arrow between its times. */
	bool arrow = has(body, "-->");
	if (is_blank(body) || (kind == ANSWER_VTT && !arrow))
		return VERDICT_EMPTY_ANSWER;
	return kind == ANSWER_SRT && !arrow ? VERDICT_UNEXPECTED_SHAPE : VERDICT_FINE;
}
