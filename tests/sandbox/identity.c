/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/identity.h"

#include "lib/base/hash.h"

#include <stdio.h>
#include <sys/random.h>

/* Without vowels and what looks like them. */
static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
#define BASE_MAX 58
#define SUFFIX_LEN 5

static void random_bytes(unsigned char *out, size_t len)
{
    ssize_t got = getrandom(out, len, 0);

    if (got != (ssize_t)len)
        abort();
}

void identity_uid(char out[IDENTITY_UID_BYTES])
{
    unsigned char b[16];

    random_bytes(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, IDENTITY_UID_BYTES,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
}

static void spell(const unsigned char *bytes, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[bytes[i] % (sizeof(alphabet) - 1)];
    out[len] = '\0';
}

char *identity_name(const char *base)
{
    unsigned char bytes[SUFFIX_LEN];
    char suffix[SUFFIX_LEN + 1];

    random_bytes(bytes, sizeof(bytes));
    spell(bytes, SUFFIX_LEN, suffix);
    return xasprintf("%.*s%s", BASE_MAX, base, suffix);
}

char *identity_hash(const char *text, size_t len)
{
    unsigned char digest[SHA256_BYTES];
    char *out = xmalloc(len + 1);

    sha256(text, strlen(text), digest);
    spell(digest, len < SHA256_BYTES ? len : SHA256_BYTES, out);
    return out;
}
