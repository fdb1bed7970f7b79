/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/compare_options.h"

#include <ctype.h>

/* The next word, as text and length; false at the end. */
static bool next_word(const char **at, const char **word, size_t *len)
{
    const char *end;

    if (!*at || !**at)
        return false;
    while (isspace((unsigned char)**at))
        ++*at;
    *word = *at;
    end = *at + strcspn(*at, ",");
    *at = *end ? end + 1 : end;
    while (end > *word && isspace((unsigned char)end[-1]))
        end--;
    *len = (size_t)(end - *word);
    return true;
}

bool options_have(const char *annotation, const char *option)
{
    const char *word;
    size_t len;

    while (next_word(&annotation, &word, &len))
        if (len == strlen(option) && memcmp(word, option, len) == 0)
            return true;
    return false;
}

struct compare_options compare_options_parse(const char *annotation)
{
    struct compare_options o = {
        .ignore_extraneous = options_have(annotation, "IgnoreExtraneous"),
        .include_mutation_webhook = options_have(annotation, "IncludeMutationWebhook=true"),
    };

    /* Where both are said, the cautious answer: no requests. */
    if (options_have(annotation, "ServerSideDiff=true"))
        o.server_side_diff = SERVER_SIDE_DIFF_ALWAYS;
    if (options_have(annotation, "ServerSideDiff=false"))
        o.server_side_diff = SERVER_SIDE_DIFF_NEVER;
    return o;
}
