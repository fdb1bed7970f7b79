/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/words.h"

#include "lib/base/mem.h"

json_t *words_json(const char *words, size_t max_bytes)
{
    size_t len = words ? strlen(words) : 0;
    bool is_long = len > max_bytes;
    cleanup_free char *text = NULL;
    json_t *json;

    if (is_long)
        for (len = max_bytes; len && ((unsigned char)words[len] & 0xc0) == 0x80; len--)
            ;
    text = xasprintf("%.*s%s", (int)len, words ? words : "", is_long ? " ..." : "");
    json = json_string(text);
    if (json)
        return json;
    for (char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    return json_string(text);
}
