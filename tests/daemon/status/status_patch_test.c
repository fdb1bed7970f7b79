/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_patch.h"

#include "lib/doc/patch.h"
#include "tests/daemon/parts.h"

/* After the patch the live document is the wanted one, whatever it was. */
TEST(the_patch_leaves_exactly_the_document)
{
    static const struct {
        const char *live, *want;
    } rows[] = {
        {"{}", "{'a': 1}"},
        {"{'a': 1, 'b': 2}", "{'a': 1}"},
        {"{'a': {'x': 1, 'y': {'z': 2}}}", "{'a': {'x': 3}}"},
        {"{'a': {'x': 1, 'y': {'z': 2, 'w': 4}}}", "{'a': {'y': {'z': 3}}}"},
        {"{'a': {'x': 1}}", "{'a': 'text'}"},
        {"{'a': 'text'}", "{'a': {'x': 1}}"},
        {"{'a': [{'x': 1, 'y': 2}]}", "{'a': [{'x': 1}]}"},
        {"{'a': {}}", "{}"},
        {"{'labels': {'a.b/c': '1', 'd': '2'}}", "{'labels': {'d': '3', 'e': '4'}}"},
        {"{'a': {'x': 1}}", "{'a': {}}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *live = parse(rows[i].live);
        cleanup_json json_t *want = parse(rows[i].want);
        cleanup_json json_t *patch = json_copy(want);
        cleanup_json json_t *again = parse(rows[i].want);
        cleanup_free char *shape = status_shape(live);

        status_patch_drop(patch, shape);
        EXPECT(json_equal(want, again)); /* shared parts are left alone */
        merge_patch_apply(&live, patch);
        if (!json_equal(live, want))
            fail_msg("row %zu", i);
    }
}

TEST(there_is_no_shape_without_fields)
{
    cleanup_json json_t *empty = json_object();
    cleanup_json json_t *document = parse("{'a': 1}");

    EXPECT_NULL(status_shape(NULL));
    EXPECT_NULL(status_shape(empty));
    status_patch_drop(document, NULL);
    EXPECT_INT(json_object_size(document), 1);
}
