/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"

#include "tests/test.h"

/* FIPS 180-4's examples. */
TEST(sha256_vectors)
{
    static const struct {
        const char *text, *hex;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[SHA256_HEX_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sha256_hex(rows[i].text, strlen(rows[i].text), hex);
        EXPECT_STR(hex, rows[i].hex);
    }
}

TEST(hash64_is_stable_and_tells_inputs_apart)
{
    uint64_t seen[65];
    char text[65];

    memset(text, 0, sizeof(text)); /* only the length differs */
    for (size_t len = 0; len < 65; len++) {
        seen[len] = hash64(text, len);
        EXPECT(hash64(text, len) == seen[len]);
        for (size_t i = 0; i < len; i++)
            EXPECT(seen[i] != seen[len]);
    }
    for (size_t i = 0; i < 64; i++) { /* one byte differs */
        text[i] = 1;
        EXPECT(hash64(text, 64) != seen[64]);
        text[i] = 0;
    }
}
