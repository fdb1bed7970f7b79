/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignored.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

TEST(without_a_set_or_a_container_nothing_is_ignored)
{
    cleanup_ignored struct ignored *s = ignored_new();
    cleanup_json json_t *o = json_object();

    EXPECT(!ignored_has_field(NULL, o, "a"));
    EXPECT(!ignored_has_item(NULL, o, 0));
    EXPECT(!ignored_has_field(s, o, "a"));
    ignored_add_field(s, o, "a");
    EXPECT(!ignored_has_field(s, NULL, "a"));
    EXPECT(!ignored_has_item(s, NULL, 0));
    EXPECT_INT(ignored_count(NULL), 0);
}

TEST(a_field_is_ignored_in_its_object_only)
{
    cleanup_ignored struct ignored *s = ignored_new();
    cleanup_json json_t *a = json_pack("{s:i}", "x", 1);
    cleanup_json json_t *b = json_copy(a);
    char name[] = "x";

    ignored_add_field(s, a, name);
    name[0] = 'y'; /* it was copied */
    EXPECT(ignored_has_field(s, a, "x"));
    EXPECT(!ignored_has_field(s, a, "y"));
    EXPECT(!ignored_has_field(s, b, "x"));
    EXPECT(!ignored_has_item(s, a, 0));
    EXPECT(ignored_has_any(s, a));
    EXPECT(!ignored_has_any(s, b));
    ignored_add_field(s, a, "x");
    EXPECT_INT(ignored_count(s), 1);
}

TEST(an_item_is_ignored_by_its_index)
{
    cleanup_ignored struct ignored *s = ignored_new();
    cleanup_json json_t *list = json_pack("[iii]", 1, 2, 3);

    ignored_add_item(s, list, 1);
    EXPECT(!ignored_has_item(s, list, 0));
    EXPECT(ignored_has_item(s, list, 1));
    EXPECT(!ignored_has_item(s, list, 2));
    EXPECT(ignored_has_any(s, list));
}

TEST(many_places_are_all_found_and_gone_after_clear)
{
    cleanup_ignored struct ignored *s = ignored_new();
    cleanup_json json_t *o = json_object(), *list = json_array();

    for (size_t i = 0; i < 5000; i++) {
        cleanup_free char *name = xasprintf("field%zu", i);

        ignored_add_field(s, o, name);
        ignored_add_item(s, list, i * 2);
    }
    EXPECT_INT(ignored_count(s), 10000);
    for (size_t i = 0; i < 5000; i++) {
        cleanup_free char *name = xasprintf("field%zu", i);

        EXPECT(ignored_has_field(s, o, name));
        EXPECT(!ignored_has_field(s, list, name));
        EXPECT(ignored_has_item(s, list, i * 2));
        EXPECT(!ignored_has_item(s, list, i * 2 + 1));
    }
    ignored_clear(s);
    EXPECT_INT(ignored_count(s), 0);
    EXPECT(!ignored_has_field(s, o, "field1"));
    EXPECT(!ignored_has_any(s, o));
    ignored_add_field(s, o, "field1");
    EXPECT(ignored_has_field(s, o, "field1"));
}
