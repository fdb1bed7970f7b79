/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/pending.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

#define MANY 5000
#define LARGE_BYTES (3 << 20)

TEST(a_text_comes_back_as_the_document)
{
    cleanup_json json_t *document = json_pack("{s:s, s:[i, b]}", "a", "b", "c", 1, 1);
    const char *text = pending_keep(document);
    cleanup_json json_t *again = pending_load(text);

    EXPECT(json_equal(document, again));
    pending_drop(text);
    pending_drop(NULL);
}

TEST(texts_go_in_any_order_and_the_memory_with_them)
{
    static const char *texts[MANY];

    for (int i = 0; i < MANY; i++) {
        cleanup_json json_t *document = json_pack("{s:i, s:s}", "i", i, "t", "some more text");

        texts[i] = pending_keep(document);
    }
    EXPECT(pending_bytes() > 0);
    for (int step = 0; step < 2; step++)
        for (int i = step; i < MANY; i += 2) {
            cleanup_json json_t *document = pending_load(texts[i]);

            EXPECT_INT(json_integer_value(json_object_get(document, "i")), i);
            pending_drop(texts[i]);
        }
    EXPECT_INT(pending_bytes(), 0);
}

TEST(a_text_of_any_size_fits)
{
    char *large = xmalloc(LARGE_BYTES);
    json_t *document;
    const char *text;

    memset(large, 'x', LARGE_BYTES);
    document = json_pack("[s%]", large, (size_t)LARGE_BYTES);
    text = pending_keep(document);
    EXPECT_INT(strlen(text), LARGE_BYTES + 4);
    pending_drop(text);
    EXPECT_INT(pending_bytes(), 0);
    json_decref(document);
    free(large);
}
