/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/packed.h"

#include "lib/base/hash.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *parse(const char *text)
{
    json_t *document = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    if (!document)
        fail_msg("%s", text);
    return document;
}

static struct packed *packed(const char *text)
{
    cleanup_json json_t *document = parse(text);

    return packed_new(document);
}

TEST(a_document_comes_back_as_it_was)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "[{\"id\": 7, \"b\": [1.5, -1e300, 9007199254740993, true, false, null]}, {}]",
        "{\"z\": \"\", \"a\": \"\u00e4 \\\"quoted\\\" \\u0000 \\n\"}",
        "\"text\"",
        "null",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_json json_t *document = parse(texts[i]);
        struct packed *p = packed_new(document);
        cleanup_json json_t *again = packed_load(p);

        EXPECT(json_equal(again, document));
        EXPECT(packed_is_array(p) == json_is_array(document));
        packed_unref(p);
    }
}

TEST(no_document_is_null)
{
    struct packed *p = packed("{}");

    EXPECT_NULL(packed_new(NULL));
    EXPECT_NULL(packed_new_like(NULL, p));
    EXPECT_NULL(packed_ref(NULL));
    EXPECT_NULL(packed_load(NULL));
    EXPECT(!packed_is_array(NULL));
    EXPECT(packed_equal(NULL, NULL) && !packed_equal(p, NULL) && !packed_equal(NULL, p));
    EXPECT(packed_hash(NULL) == 0);
    packed_unref(NULL);
    packed_unref(p);
}

TEST(the_order_of_keys_makes_no_difference)
{
    struct packed *a = packed("{\"x\": {\"b\": 1, \"c\": [1, 2]}, \"y\": 2}");
    struct packed *same = packed("{\"y\": 2, \"x\": {\"c\": [1, 2], \"b\": 1}}");
    struct packed *other = packed("{\"y\": 2, \"x\": {\"c\": [2, 1], \"b\": 1}}");

    EXPECT(packed_equal(a, same) && packed_hash(a) == packed_hash(same));
    EXPECT(!packed_equal(a, other) && packed_hash(a) != packed_hash(other));
    packed_unref(a);
    packed_unref(same);
    packed_unref(other);
}

TEST(equal_documents_are_one)
{
    cleanup_json json_t *document = parse("{\"a\": 1}");
    cleanup_json json_t *other = parse("{\"a\": 2}");
    cleanup_json json_t *again = NULL;
    struct packed *first = packed_new(document);
    struct packed *like = packed_new_like(document, first);
    struct packed *unlike = packed_new_like(other, first);

    EXPECT(like == first);
    EXPECT(unlike != first && !packed_equal(unlike, first));
    packed_unref(first);
    again = packed_load(like);
    EXPECT(json_equal(again, document));
    packed_unref(like);
    packed_unref(unlike);
}
