/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/scripts.h"
#include "tests/daemon/parts.h"

static struct settings *settings_of(const char *data)
{
    cleanup_json json_t *json = parse(data);

    return settings_parse(json, "argocd", NULL, NULL);
}

/* With this text of the older map. */
static struct settings *settings_with(const char *map, const char *data)
{
    cleanup_json json_t *json = parse(data);

    json_object_set_new(json, "resource.customizations", json_string(map));
    return settings_parse(json, "argocd", NULL, NULL);
}

/* "text" or "text (open)"; NULL: no script. */
static void expect(const struct settings *s, const char *group, const char *kind, const char *want)
{
    struct health_script script = health_script_find(s, group, kind);
    cleanup_free char *got = NULL;

    if (script.text)
        got = xasprintf("%s%s", script.text, script.open_libs ? " (open)" : "");
    if (!streq(got, want))
        fail_msg("the script of %s/%s is %s", group, kind, got ? got : "none");
}

TEST(a_script_counts_for_the_kind_that_its_key_names)
{
    cleanup_settings struct settings *s =
        settings_of("{'resource.customizations.health.example.com_Widget': 'of a widget',"
                    " 'resource.customizations.health.Pod': 'of a pod',"
                    " 'resource.customizations.useOpenLibs.Pod': 'true',"
                    " 'resource.customizations.useOpenLibs.Secret': 'true',"
                    " 'resource.customizations.health.apps_Deployment': ''}");

    EXPECT_INT(s->problems.len, 0);
    expect(s, "example.com", "Widget", "of a widget");
    expect(s, "", "Pod", "of a pod (open)");
    expect(s, "example.com", "Pod", NULL);
    expect(s, "", "Widget", NULL);
    expect(s, "", "Secret", NULL);
    expect(s, "apps", "Deployment", NULL);
    expect(NULL, "", "Pod", NULL);
}

TEST(the_older_map_knows_patterns_and_keys_win_over_it)
{
    cleanup_settings struct settings *s = settings_with(
        "'*.example.com/*': {health.lua: of the family, health.lua.useOpenLibs: true}\n"
        "a.example.com/*: {health.lua: of a}\n"
        "a.example.com/Widget: {health.lua: of the map}\n"
        "Pod: {health.lua: of a pod}\n"
        "'*/Empty': {health.lua: ''}\n"
        "apps/Deployment: {ignoreDifferences: 'jsonPointers: [/a]'}\n",
        "{'resource.customizations.health.b.example.com_Widget': 'of the key',"
        " 'resource.customizations.health.a.example.com_Gadget': '',"
        " 'resource.customizations.useOpenLibs.a.example.com_Widget': 'true'}");

    EXPECT_INT(s->problems.len, 0);
    expect(s, "c.example.com", "Widget", "of the family (open)");
    expect(s, "c.d.example.com", "Widget", "of the family (open)");
    expect(s, "example.com", "Widget", NULL);
    expect(s, "a.example.com", "Thing", "of a");
    expect(s, "a.example.com", "Gadget", "of a");
    expect(s, "a.example.com", "Widget", "of the map (open)");
    expect(s, "b.example.com", "Widget", "of the key");
    expect(s, "", "Pod", "of a pod");
    expect(s, "some", "Empty", NULL);
    expect(s, "apps", "Deployment", NULL);
}

TEST(of_several_patterns_the_closest_counts_then_the_first_by_alphabet)
{
    cleanup_settings struct settings *s = settings_with("'*': {health.lua: any}\n"
                                                        "'*/*': {health.lua: any group}\n"
                                                        "'*/Wid*': {health.lua: later}\n"
                                                        "'*/W*et': {health.lua: first}\n",
                                                        "{}");

    EXPECT_INT(s->problems.len, 0);
    expect(s, "example.com", "Widget", "first");
    expect(s, "example.com", "Widow", "later");
    expect(s, "example.com", "Thing", "any group");
    expect(s, "", "Pod", "any");
}

TEST(all_is_every_kind_of_a_named_group)
{
    cleanup_settings struct settings *s =
        settings_of("{'resource.customizations.health.all': 'of all'}");

    expect(s, "example.com", "Widget", "of all");
    expect(s, "", "Pod", NULL);
}

TEST(what_cannot_be_read_is_told_and_the_last_good_one_stays)
{
    cleanup_settings struct settings *good =
        settings_of("{'resource.customizations.useOpenLibs.Pod': 'true',"
                    " 'resource.customizations.health.Pod': 'a script',"
                    " 'resource.customizations': 'Secret: {health.lua: old}'}");
    cleanup_json json_t *data = parse("{'resource.customizations.useOpenLibs.Pod': 'maybe',"
                                      " 'resource.customizations.health.Pod': 'another',"
                                      " 'resource.customizations.health.a_b_c': 'x',"
                                      " 'resource.customizations': 'Secret: {health.lua: [1]}'}");
    cleanup_settings struct settings *s = settings_parse(data, "argocd", NULL, good);

    EXPECT_INT(s->problems.len, 3);
    EXPECT_CONTAINS(s->problems.items[2], "health.lua is not a string");
    EXPECT_CONTAINS(s->problems.items[0], "more than one \"_\"");
    EXPECT_CONTAINS(s->problems.items[1], "it is neither true nor false");
    expect(s, "", "Pod", "another (open)");
    expect(s, "", "Secret", "old");
}
