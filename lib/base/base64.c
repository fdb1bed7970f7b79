/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t len)
{
    const unsigned char *p = data;
    char *out = xmalloc((len + 2) / 3 * 4 + 1);
    char *o = out;

    for (; len >= 3; len -= 3, p += 3) {
        *o++ = alphabet[p[0] >> 2];
        *o++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
        *o++ = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
        *o++ = alphabet[p[2] & 63];
    }
    if (len) {
        *o++ = alphabet[p[0] >> 2];
        *o++ = alphabet[(p[0] & 3) << 4 | (len == 2 ? p[1] >> 4 : 0)];
        *o++ = len == 2 ? alphabet[(p[1] & 15) << 2] : '=';
        *o++ = '=';
    }
    *o = '\0';
    return out;
}

int base64_decode(const char *text, size_t len, struct buf *out, struct error **err)
{
    uint32_t bits = 0;
    int count = 0;
    int padding = 0;

    for (size_t i = 0; i < len; i++) {
        const char *at;

        if (text[i] == '\n' || text[i] == '\r')
            continue;
        if (text[i] == '=') {
            padding++;
            continue;
        }
        at = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!at || padding)
            return error_set(err, ERROR_INVALID, "illegal base64 data at byte %zu", i);
        bits = bits << 6 | (uint32_t)(at - alphabet);
        if (++count == 4) {
            unsigned char raw[3] = {bits >> 16 & 255, bits >> 8 & 255, bits & 255};

            if (buf_append(out, raw, 3, err) < 0)
                return -1;
            bits = 0;
            count = 0;
        }
    }
    if (count == 0 && padding == 0)
        return 0;
    if (count < 2 || count + padding != 4)
        return error_set(err, ERROR_INVALID, "illegal base64 data: it ends too early");
    bits <<= 6 * (4 - count);
    return buf_append(out, (unsigned char[2]){bits >> 16 & 255, bits >> 8 & 255}, (size_t)count - 1,
                      err);
}
