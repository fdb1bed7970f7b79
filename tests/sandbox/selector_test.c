/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/selector.h"

#include "tests/test.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/refusal.h"

static const struct kind *pod(void)
{
    for (size_t i = 0; i < kinds_table_len; i++)
        if (streq(kinds_table[i].kind, "Pod"))
            return &kinds_table[i];
    return NULL;
}

static bool matches(const char *labels, const char *fields)
{
    cleanup_json json_t *object =
        json_pack("{s:{s:s, s:s, s:{s:s, s:s}}, s:{s:s}}", "metadata", "name", "web", "namespace",
                  "shop", "labels", "app", "web", "tier", "front", "status", "phase", "Running");
    cleanup_selector struct selector selector = {{0}};
    json_t *refused = NULL;

    assert_int_equal(selector_parse(pod(), labels, fields, &selector, &refused), 0);
    return selector_matches(&selector, object);
}

TEST(labels_select)
{
    EXPECT(matches("", NULL));
    EXPECT(matches("app=web", NULL));
    EXPECT(matches("app == web , tier!=back", NULL));
    EXPECT(!matches("app=api", NULL));
    EXPECT(matches("app in (api, web),tier", NULL));
    EXPECT(!matches("app notin (api, web)", NULL));
    EXPECT(matches("!team", NULL));
    EXPECT(!matches("!app", NULL));
    EXPECT(matches("team!=a", NULL));
    EXPECT(!matches("team", NULL));
}

TEST(fields_select)
{
    EXPECT(matches(NULL, "metadata.name=web,metadata.namespace=shop"));
    EXPECT(!matches(NULL, "metadata.name=api"));
    EXPECT(matches(NULL, "status.phase!=Pending,spec.nodeName="));
}

static int refused_code(const char *labels, const char *fields)
{
    cleanup_selector struct selector selector = {{0}};
    cleanup_json json_t *refused = NULL;

    if (selector_parse(pod(), labels, fields, &selector, &refused) == 0)
        return 0;
    return refusal_code(refused);
}

TEST(what_cannot_be_read_is_refused)
{
    EXPECT_INT(refused_code("app in (a", NULL), 400);
    EXPECT_INT(refused_code("=a", NULL), 400);
    EXPECT_INT(refused_code("app within (a)", NULL), 400);
    EXPECT_INT(refused_code(NULL, "spec.restartPolicies=x"), 400);
    EXPECT_INT(refused_code("a=b,", NULL), 0);
}
