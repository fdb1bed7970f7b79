/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/suggest.h"

#define MAX_LEN 64 /* nobody mistypes a longer word in a way that can be guessed */
#define MIN_BEGINNING 2

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* "Optimal string alignment": three rows of the table of distances of all beginnings. */
size_t suggest_distance(const char *a, const char *b)
{
    size_t rows[3][MAX_LEN + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);

    if (a_len > MAX_LEN || b_len > MAX_LEN)
        return streq(a, b) ? 0 : MAX_LEN;
    for (size_t j = 0; j <= b_len; j++)
        now[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *spare = before;

        before = last;
        last = now;
        now = spare;
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);

            now[j] = least(change, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return now[b_len];
}

void suggestion_consider(struct suggestion *s, const char *candidate)
{
    size_t len = strlen(s->word);
    size_t distance = suggest_distance(s->word, candidate);
    size_t most = len / 3 ? len / 3 : 1;

    if (len >= MIN_BEGINNING && str_has_prefix(candidate, s->word))
        distance = 1;
    if (distance > most || distance >= len || (s->best && distance >= s->distance))
        return;
    s->best = candidate;
    s->distance = distance;
}

char *suggestion_text(const struct suggestion *s, const char *prefix)
{
    return s->best ? xasprintf("; did you mean %s%s?", prefix, s->best) : xstrdup("");
}
