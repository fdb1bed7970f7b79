/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/list_items.h"

#include "tests/test.h"

#include <stdio.h>

#define MAX_ITEM 60

struct seen {
    struct buf text; /* "[item][item]" */
    int left;        /* items until it wants no more */
};

static bool on_item(void *arg, const char *text, size_t len)
{
    struct seen *s = arg;

    buf_putc(&s->text, '[');
    buf_put(&s->text, text, len);
    buf_putc(&s->text, ']');
    return --s->left != 0;
}

/* What comes of a document that arrives in two pieces: the items, then version and token or the
 * error. Heap string. */
static char *read_cut(const char *text, size_t cut, int left)
{
    struct seen s = {BUF_UNLIMITED, left};
    struct list_items l;
    cleanup_free char *version = NULL;
    cleanup_free char *next = NULL;
    cleanup_error struct error *err = NULL;
    int rc;

    list_items_init(&l, MAX_ITEM);
    rc = list_items_feed(&l, text, cut, on_item, &s, &err);
    if (rc > 0)
        rc = list_items_feed(&l, text + cut, strlen(text) - cut, on_item, &s, &err);
    if (rc == 0)
        buf_puts(&s.text, " stopped");
    else if (rc < 0 || list_items_end(&l, &version, &next, &err) < 0)
        buf_printf(&s.text, " %s", error_message(err));
    else
        buf_printf(&s.text, " %s %s", version, next ? next : "-");
    list_items_clear(&l);
    return buf_take(&s.text);
}

static void expect_read(const char *text, const char *want)
{
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        cleanup_free char *got = read_cut(text, cut, 100);

        EXPECT_STR(got, want);
    }
}

TEST(items_are_found_wherever_the_text_is_cut)
{
    expect_read(
        "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"5\","
        "\"continue\":\"next\"},\"items\":[{\"a\":1},{\"b\":[{}]}]}\n",
        "[{\"a\":1}][{\"b\":[{}]}] 5 next");
    expect_read(" { \"items\" : [ { \"a\" : \"}]\\\"{\\\\\" } , {} ] , \"kind\":\"List\" , "
                "\"metadata\" : { \"remainingItemCount\":3, \"resourceVersion\" : \"7\" } } ",
                "[{ \"a\" : \"}]\\\"{\\\\\" }][{}] 7 -");
}

TEST(what_is_not_an_item_is_passed_over)
{
    expect_read("{\"x\":{\"items\":[{\"no\":1}]},\"y\":[[\"]\"],{}],\"z\":-1.5e3,\"t\":true,"
                "\"n\":null,\"s\":\"\\\"items\\\":[{\",\"it\\\"ems\":[{}],\"items-or-more-of-it\":"
                "[{}],\"items\":[{\"yes\":1}],\"metadata\":{\"resourceVersion\":\"1\"}}",
                "[{\"yes\":1}] 1 -");
    expect_read("{\"items\":[],\"metadata\":{\"resourceVersion\":\"1\",\"continue\":\"\"}}",
                " 1 -");
    expect_read("{\"items\":null,\"metadata\":{\"resourceVersion\":\"1\"}}", " 1 -");
    expect_read("{\"metadata\":{\"resourceVersion\":\"1\"}}", " 1 -");
}

TEST(what_is_no_list_is_refused)
{
    static const char *const refused[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"kind\":\"Status\",\"metadata\":{}}",
        "{\"metadata\":{\"resourceVersion\":7},\"items\":[]}",
        "{\"metadata\":\"resourceVersion\",\"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[1]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[\"a\"]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"} \"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\"}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":}",
        "{,\"metadata\":{\"resourceVersion\":\"1\"}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"}}{}",
    };

    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        expect_read(refused[i], " the answer is not a list");
    expect_read("{\"items\":[{\"a\":1},,{}]}", "[{\"a\":1}] the answer is not a list");
    expect_read("{\"items\":[{\"a\":1} {}]}", "[{\"a\":1}] the answer is not a list");
    expect_read("{\"items\":[{\"a\":1},]}", "[{\"a\":1}] the answer is not a list");
    expect_read("{\"items\":[{\"a\":1},{\"b\":", "[{\"a\":1}] the answer is not a list");
}

TEST(an_item_over_the_limit_is_refused_in_one_piece_and_in_two)
{
    char text[200];

    snprintf(text, sizeof(text), "{\"items\":[{\"a\":\"%0*d\"},{}],\"metadata\":{}}", MAX_ITEM - 8,
             0);
    expect_read(text, "[{\"a\":\"0000000000000000000000000000000000000000000000000000\"}][{}] the "
                      "answer is not a list");
    snprintf(text, sizeof(text), "{\"items\":[{\"a\":\"%0*d\"},{}],\"metadata\":{}}", MAX_ITEM - 7,
             0);
    expect_read(text, " more than the limit of 60 bytes");
}

TEST(no_item_comes_after_a_stop)
{
    const char *text = "{\"items\":[{\"a\":1},{\"b\":1},{\"c\":1}]}";

    for (size_t cut = 0; cut <= strlen(text); cut++) {
        cleanup_free char *got = read_cut(text, cut, 2);

        EXPECT_STR(got, "[{\"a\":1}][{\"b\":1}] stopped");
    }
}

TEST(a_cleared_splitter_reads_the_next_document)
{
    const char *begun = "{\"metadata\":{\"x\":1},\"items\":[{\"a";
    const char *text = "{\"metadata\":{\"resourceVersion\":\"9\"}}";
    struct seen s = {BUF_UNLIMITED, 100};
    struct error *err = NULL;
    struct list_items l;
    char *version = NULL, *next = NULL;

    list_items_init(&l, MAX_ITEM);
    EXPECT_INT(list_items_feed(&l, begun, strlen(begun), on_item, &s, &err), 1);
    list_items_clear(&l);
    EXPECT_INT(list_items_feed(&l, text, strlen(text), on_item, &s, &err), 1);
    EXPECT_INT(list_items_end(&l, &version, &next, &err), 0);
    EXPECT_STR(version, "9");
    EXPECT_NULL(next);
    EXPECT_STR(s.text.data, "");
    free(version);
    list_items_clear(&l);
}
