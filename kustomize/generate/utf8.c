/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/generate/utf8.h"

size_t utf8_decode(const char *s, size_t len, unsigned *code)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *u = (const unsigned char *)s;
    size_t size;

    if (len == 0)
        return 0;
    size = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
    if (size == 1) {
        *code = u[0];
        return 1;
    }
    if (u[0] < 0xc0 || u[0] > 0xf4 || len < size)
        return 0;
    *code = u[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (u[i] & 0x3f);
    }
    if (*code < smallest[size] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return size;
}

bool utf8_is_valid(const char *s, size_t len)
{
    while (len > 0) {
        unsigned code;
        size_t size = utf8_decode(s, len, &code);

        if (size == 0)
            return false;
        s += size;
        len -= size;
    }
    return true;
}

size_t utf8_space_len(const char *s, size_t len)
{
    unsigned code = 0;
    size_t size = utf8_decode(s, len, &code);

    if (size > 0 && ((code >= 9 && code <= 13) || code == ' ' || code == 0x85 || code == 0xa0 ||
                     code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
                     code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000))
        return size;
    return 0;
}
