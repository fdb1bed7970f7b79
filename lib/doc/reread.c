/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/reread.h"

#include "lib/base/buf.h"

#define NEL "\xc2\x85"

/* Is there nothing in it that could make a difference? Eight bytes at a time: nearly all strings
 * are ASCII. */
static bool is_plain(const char *s, size_t len)
{
    const uint64_t high = 0x8080808080808080;
    const uint64_t one = 0x0101010101010101;
    uint64_t word;
    size_t i;

    for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, s + i, sizeof(word));
        if ((word | (word + one)) & high) /* beyond ASCII, or 0x7f */
            return false;
    }
    for (; i < len; i++)
        if ((unsigned char)s[i] >= 0x7f)
            return false;
    return true;
}

/* The first character that JSON may have and YAML not; 0: none. Those below a space are no trouble:
 * JSON escapes them. */
static unsigned control_character(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == 0x7f)
            return 0x7f;
        if (s[i] == 0xc2 && s[i + 1] < 0xa0 && s[i + 1] != 0x85)
            return s[i + 1];
        if (s[i] == 0xef && s[i + 1] == 0xbf && s[i + 2] >= 0xbe)
            return 0xff00u + s[i + 2] + 0x40;
    }
    return 0;
}

/* One break with the spaces around it is a space, several are one less. */
static json_t *folded(const char *s, size_t len)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;

    for (size_t i = 0; i < len;) {
        size_t start = i;
        size_t breaks = 0;

        for (; i < len; i++) {
            if (s[i] == ' ')
                continue;
            if (i + 1 == len || memcmp(s + i, NEL, 2) != 0)
                break;
            breaks++;
            i++;
        }
        if (!breaks)
            buf_put(&out, s + start, i - start);
        else if (breaks == 1)
            buf_putc(&out, ' ');
        for (; breaks > 1; breaks--)
            buf_putc(&out, '\n');
        if (i < len)
            buf_putc(&out, s[i++]);
    }
    return json_stringn_nocheck(out.data ? out.data : "", out.len);
}

static int check(const char *s, size_t len, const char *field, struct error **err)
{
    unsigned c = control_character(s, len);

    if (!c)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "the field \"%s\" has the control character U+%04X, which YAML does not allow",
                     field, c);
}

/* `*out`: what takes the place of `v`, NULL where it stays. */
static int reread(json_t *v, const char *field, json_t **out, struct error **err);

static int reread_map(json_t *map, struct error **err)
{
    for (void *i = json_object_iter(map); i; i = json_object_iter_next(map, i)) {
        const char *key = json_object_iter_key(i);
        size_t len = json_object_iter_key_len(i);
        json_t *other = NULL;

        if (!is_plain(key, len)) {
            if (check(key, len, key, err) < 0)
                return -1;
            if (memmem(key, len, NEL, 2))
                return error_set(err, ERROR_INVALID,
                                 "the key \"%s\" has the line break U+0085 in it", key);
        }
        if (reread(json_object_iter_value(i), key, &other, err) < 0)
            return -1;
        if (other)
            json_object_iter_set_new(map, i, other);
    }
    return 0;
}

static int reread(json_t *v, const char *field, json_t **out, struct error **err)
{
    const char *s = json_string_value(v);
    size_t len = json_string_length(v);

    if (json_is_object(v))
        return reread_map(v, err);
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *other = NULL;

        if (reread(json_array_get(v, i), field, &other, err) < 0)
            return -1;
        if (other)
            json_array_set_new(v, i, other);
    }
    if (!s || is_plain(s, len))
        return 0;
    if (check(s, len, field, err) < 0)
        return -1;
    if (memmem(s, len, NEL, 2))
        *out = folded(s, len);
    return 0;
}

int doc_reread(json_t *doc, struct error **err)
{
    json_t *other = NULL;
    int rc = reread(doc, "", &other, err);

    json_decref(other); /* a document that is a string has no place to be changed in */
    return rc;
}
