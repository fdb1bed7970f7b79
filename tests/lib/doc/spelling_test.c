/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/spelling.h"

#include "tests/test.h"

/* The field `v` of the document; `docs` owns it. */
static json_t *value_of(const char *text, json_t **docs)
{
    cleanup_error struct error *err = NULL;
    cleanup_free char *doc = xasprintf("v: %s\n", text);

    EXPECT_OK(yaml_parse_spelled("f.yaml", doc, strlen(doc), docs, &err));
    return json_object_get(json_array_get(*docs, 0), "v");
}

TEST(what_prints_otherwise_than_written_is_spelled)
{
    static const struct {
        const char *text;
        const char *json;
    } rows[] = {
        {"1.50", "1.5"},
        {"0x1F", "31"},
        {"0777", "511"},
        {"+7", "7"},
        {"1_000", "1000"},
        {"1e3", "1000"},
        {"1e-10", NULL},
        {"18446744073709551615", "1.8446744073709552e19"},
        {"2001-01-01", "\"2001-01-01T00:00:00Z\""},
        {"2001-01-01T00:00:00Z", NULL},
        {"True", "true"},
        {"FALSE", "false"},
        {"~", "null"},
        {"Null", "null"},
        {"", "null"},
        {"!!int 0x1F", "31"},
        {"!!int \"0x1F\"", "31"},
        {"1", NULL},
        {"-12", NULL},
        {"1.5", NULL},
        {"true", NULL},
        {"null", NULL},
        {"yes", NULL},
        {"text", NULL},
        {"'0777'", NULL},
        {"\"True\"", NULL},
        {"!!str 0777", NULL},
        {"[0777]", NULL},
        {"{a: 0777}", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *docs = NULL;
        json_t *v = value_of(rows[i].text, &docs);
        cleanup_json json_t *plain = spelled_value(v);
        cleanup_free char *json = json_dumps(plain, JSON_ENCODE_ANY | JSON_COMPACT);
        const char *text = spelled_text(v);

        if (!rows[i].json) {
            EXPECT_NULL(text);
            EXPECT_INT(spelled_manner(plain), MANNER_USUAL);
            continue;
        }
        EXPECT(text != NULL);
        EXPECT(strstr(rows[i].text, text) != NULL);
        EXPECT_STR(json, rows[i].json);
    }
}

TEST(the_whole_text_is_kept)
{
    cleanup_json json_t *docs = NULL;

    EXPECT_STR(spelled_text(value_of("0x1F", &docs)), "0x1F");
}

TEST(nulls_and_booleans_keep_their_type)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *more = NULL;

    EXPECT_INT(json_typeof(value_of("True", &docs)), JSON_TRUE);
    EXPECT_INT(json_typeof(value_of("~", &more)), JSON_NULL);
}

TEST(an_unwritten_null_survives_a_copy)
{
    static const char text[] = "a:\nb: null\nc: ~\nd: {}\n";
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *copy = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse_spelled("f", text, strlen(text), &docs, &err));
    copy = json_deep_copy(json_array_get(docs, 0));
    EXPECT(json_is_unwritten_null(json_object_get(copy, "a")));
    EXPECT(!json_is_unwritten_null(json_object_get(copy, "b")));
    EXPECT(!json_is_unwritten_null(json_object_get(copy, "c")));
    EXPECT(!json_is_unwritten_null(json_object_get(copy, "d")));
    EXPECT(!json_is_unwritten_null(NULL));
    EXPECT(json_is_null(json_object_get(copy, "a")));
}

TEST(resolving_gives_the_same_as_reading_without_spelling)
{
    static const char text[] = "list: [0x10, True, ~, 1.0, plain, {deep: 2001-01-01}]\n"
                               "empty:\n"
                               "mark: \"\\x0112\"\n"
                               "marks: \"\\x01\\x01\"\n"
                               "nested: {a: {b: [[0b11]]}}\n"
                               "large: 18446744073709551615\n";
    cleanup_json json_t *spelled = NULL;
    cleanup_json json_t *plain = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse_spelled("f", text, strlen(text), &spelled, &err));
    EXPECT_OK(yaml_parse("f", text, strlen(text), YAML_KUSTOMIZE, &plain, &err));
    EXPECT(!json_equal(spelled, plain));
    spelled_resolve(spelled);
    EXPECT(json_equal(spelled, plain));
}

TEST(resolving_exactly_keeps_what_json_cannot_hold)
{
    static const char text[] = "a: 18446744073709551615\n"
                               "b: [0x8000000000000000, 18446744073709551616, 0x10, ~]\n"
                               "c: \"\\x0112\"\n"
                               "d: \"\\x01\\x01\"\n";
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse_spelled("f", text, strlen(text), &docs, &err));
    EXPECT_NULL(spelled_resolve_exact(docs));
    EXPECT_OK(yaml_print_all_spelled(docs, &out, &err));
    EXPECT_STR(out.data, "a: 18446744073709551615\n"
                         "b:\n- 9223372036854775808\n- 1.8446744073709552e+19\n- 16\n- null\n"
                         "c: \"\\x0112\"\n"
                         "d: \"\\x01\\x01\"\n");
    spelled_resolve(docs); /* what is left */
    EXPECT(json_is_real(json_object_get(json_array_get(docs, 0), "a")));
    EXPECT_STR(json_string_value(json_object_get(json_array_get(docs, 0), "c")), "\x01"
                                                                                 "12");
}

TEST(nulls_inside_brackets_are_marked)
{
    static const char text[] = "a: [null, ~]\nb: {x: Null}\nc:\n- null\nd: ~\n";
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;
    json_t *doc;

    EXPECT_OK(yaml_parse_spelled("f", text, strlen(text), &docs, &err));
    doc = json_array_get(docs, 0);
    EXPECT(spelled_is_null_in_flow(json_array_get(json_object_get(doc, "a"), 0)));
    EXPECT(spelled_is_null_in_flow(json_array_get(json_object_get(doc, "a"), 1)));
    EXPECT(spelled_is_null_in_flow(json_object_get(json_object_get(doc, "b"), "x")));
    EXPECT(!spelled_is_null_in_flow(json_array_get(json_object_get(doc, "c"), 0)));
    EXPECT(!spelled_is_null_in_flow(json_object_get(doc, "d")));
    spelled_resolve(docs);
    EXPECT(json_array_get(json_object_get(doc, "a"), 0) == json_null());
}

TEST(a_string_that_begins_with_the_mark_is_no_spelled_scalar)
{
    cleanup_json json_t *list = json_array();
    cleanup_json json_t *docs = NULL;

    EXPECT_NULL(spelled_text(value_of("\"\\x0112\"", &docs)));
    json_array_append_new(list, spelled_string("\x01"
                                               "12",
                                               3));
    json_array_append_new(list, spelled_string("", 0));
    EXPECT_NULL(spelled_text(json_array_get(list, 0)));
    spelled_resolve(list);
    EXPECT_STR(json_string_value(json_array_get(list, 0)), "\x01"
                                                           "12");
    EXPECT_NULL(spelled_string("\xff", 1));
}

TEST(a_part_of_a_string_that_begins_with_the_mark_stays_a_string)
{
    cleanup_json json_t *part = json_string("\x01word");
    cleanup_json json_t *value = spelled_value(part);

    EXPECT_STR(json_string_value(value), "\x01word");
}

TEST(infinity_is_refused)
{
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_INT(yaml_parse_spelled("f", "v: .inf\n", 8, &docs, &err), -1);
    EXPECT_STR(error_message(err), "f:1:4: infinity and .nan have no place in JSON");
}
