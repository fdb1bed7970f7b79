/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/urls.h"

#include "tests/daemon/parts.h"

#define PATHS(list) "'http': {'paths': [" list "]}"

TEST(addresses_of_objects)
{
    static const struct {
        const char *annotations, *spec, *status, *want;
    } rows[] = {
        {"{}", "{'rules': [{'host': 'a.example', " PATHS("{'path': '/'}") "}]}", "{}",
         "http://a.example/"},
        {"{}", "{'rules': [{'host': 'a.example', " PATHS("{'path': '/x/*'}, {}") "}]}", "{}",
         "http://a.example/x/ http://a.example"},
        {"{}",
         "{'tls': [{'hosts': ['a.example']}], 'rules': [{'host': 'a.example', " PATHS(
             "{}") "}, {'host': 'b.example', " PATHS("{}") "}]}",
         "{}", "https://a.example http://b.example"},
        {"{}", "{'tls': [{'secretName': 's'}], 'rules': [{'host': 'b.example', " PATHS("{}") "}]}",
         "{}", "https://b.example"},
        {"{}", "{'rules': [{" PATHS("{'path': '/p'}") "}]}",
         "{'loadBalancer': {'ingress': [{'ip': '1.2.3.4'}]}}", "http://1.2.3.4/p"},
        {"{}", "{'rules': [{" PATHS("{'path': '/p'}") "}]}", "{}", ""},
        {"{}", "{'rules': [{'host': 'a.example'}]}", "{}", ""},
        {"{'argocd.argoproj.io/ignore-default-links': 'true'}",
         "{'rules': [{'host': 'a.example', " PATHS("{}") "}]}", "{}", ""},
        {"{'link.argocd.argoproj.io/x': 'Docs|https://d.example'}", "{}", "{}",
         "Docs|https://d.example"},
        {"'no object'", "[]", "7", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *live =
            parsef("{'apiVersion': 'networking.k8s.io/v1', 'kind': 'Ingress', 'metadata': "
                   "{'annotations': %s}, 'spec': %s, 'status': %s}",
                   rows[i].annotations, rows[i].spec, rows[i].status);
        cleanup_strvec struct strvec urls = {0};
        cleanup_free char *text = xstrdup("");

        urls_of(live, &urls);
        for (size_t j = 0; j < urls.len; j++) {
            cleanup_free char *before = text;

            text = xasprintf("%s%s%s", before, j ? " " : "", urls.items[j]);
        }
        if (!streq(text, rows[i].want))
            fail_msg("row %zu: %s", i, text);
    }
}

TEST(only_an_ingress_has_rules)
{
    cleanup_json json_t *live = parse("{'apiVersion': 'example.org/v1', 'kind': 'Ingress', 'spec': "
                                      "{'rules': [{'host': 'a', 'http': {'paths': [{}]}}]}}");
    cleanup_strvec struct strvec urls = {0};

    urls_of(live, &urls);
    EXPECT_INT(urls.len, 0);
}
