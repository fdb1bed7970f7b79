/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/images.h"

#include "tests/daemon/parts.h"

static char *joined(struct strvec *names)
{
    char *text = xstrdup("");

    for (size_t i = 0; i < names->len; i++) {
        cleanup_free char *before = text;

        text = xasprintf("%s%s%s", before, i ? " " : "", names->items[i]);
    }
    strvec_clear(names);
    return text;
}

#define POD                                                                                        \
    "{'initContainers': [{'image': 'init:1'}], 'containers': [{'image': 'b:1'}, {'image': "        \
    "'a:1'}, "                                                                                     \
    "{'image': 'b:1'}, {'name': 'none'}]}"

TEST(images_of_every_shape)
{
    static const struct {
        const char *spec, *containers, *pods;
    } rows[] = {
        {POD, "b:1 a:1", "init:1 b:1 a:1"},
        {"{'template': {'spec': " POD "}}", "b:1 a:1", "init:1 b:1 a:1"},
        {"{'replicas': 2, 'template': {'spec': " POD "}}", "b:1 a:1", "init:1 b:1 a:1"},
        {"{'replicas': 0, 'template': {'spec': " POD "}}", "b:1 a:1", ""},
        {"{'jobTemplate': {'spec': {'template': {'spec': " POD "}}}}", "b:1 a:1", "init:1 b:1 a:1"},
        {"{'containers': 'no list'}", "", ""},
        {"{'template': {'spec': 7}}", "", ""},
        {"'text'", "", ""},
        {"{}", "", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *object = parsef("{'spec': %s}", rows[i].spec);
        cleanup_free char *text = json_dumps(object, JSON_COMPACT);
        struct strvec names = {0};
        cleanup_free char *containers = NULL;
        cleanup_free char *of_text = NULL;
        cleanup_free char *pods = NULL;

        images_of_containers(object, &names);
        containers = joined(&names);
        images_of_text(text, &names);
        of_text = joined(&names);
        images_of_pods(object, &names);
        pods = joined(&names);
        if (!streq(containers, rows[i].containers) || !streq(of_text, rows[i].containers) ||
            !streq(pods, rows[i].pods))
            fail_msg("row %zu: %s | %s | %s", i, containers, of_text, pods);
    }
}
