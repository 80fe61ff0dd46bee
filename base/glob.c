/* Where a star was tried too short, only the last one needs to grow: what an earlier one could take
 * in addition, the last can take as well. */
#include "base/glob.h"

bool glob_match(struct slice glob, struct slice text)
{
	size_t g = 0, t = 0;
	size_t after_star = 0, taken = 0; /* 0: no star yet; how far its text goes */
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
