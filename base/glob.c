/* On a mismatch only the last star seen is extended: whatever an earlier star could match in
 * addition, the last one can match as well. */
#include "base/glob.h"

bool glob_match(struct slice glob, struct slice text)
{
	size_t g = 0, t = 0;
	size_t after_star = 0; /* index after the last star; 0: none yet */
	size_t taken = 0;      /* end of the text that this star matches */
	while (t < text.len) {
		if (g < glob.len && glob.at[g] == '*') {
			after_star = ++g;
			taken = t;
		} else if (g < glob.len && (glob.at[g] == '?' || glob.at[g] == text.at[t])) {
			g++;
			t++;
		} else if (after_star) {
			g = after_star;
			t = ++taken;
		} else {
			return false;
		}
	}
	while (g < glob.len && glob.at[g] == '*')
		g++;
	return g == glob.len;
}
