/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/place.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

TEST(a_place_is_found_as_it_is_written)
{
    static const char document[] =
        "spec:\n"
        "  replicas: 3\n"
        "  ports: [{port: 80, protocol: TCP, n: a}, {port: 53, protocol: UDP, n: b}]\n"
        "  containers: [{name: web, args: [x, y]}, {name: a.b, args: []}]\n"
        "  set: [b, a, 7]\n"
        "metadata: {annotations: {example.org/a: v}}\n";
    static const struct {
        const char *place, *value;
    } rows[] = {
        {".spec.replicas", "3"},
        {".metadata.annotations[\"example.org/a\"]", "\"v\""},
        {".spec.containers[name=web].args[1]", "\"y\""},
        {".spec.containers[name=a.b].args", "[]"},
        {".spec.ports[port=53,protocol=UDP].n", "\"b\""},
        {".spec.ports[port=53,protocol=TCP].n", NULL},
        {".spec.ports[0].n", "\"a\""},
        {".spec.set[a]", "\"a\""},
        {".spec.set[7]", "7"},
        {".spec.set[0]", "\"b\""},
        {".spec.set[9]", NULL},
        {".spec.none.deeper", NULL},
        {".spec.replicas.deeper", NULL},
        {".spec.ports[port]", NULL},
        {"spec", NULL},
        {".spec.ports[port=53", NULL},
        {".metadata.annotations[\"example.org/a", NULL},
    };
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse("test", document, sizeof(document) - 1, YAML_KUSTOMIZE, &docs, &err));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *found = place_find(json_array_get(docs, 0), rows[i].place);
        cleanup_free char *text = found ? json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

        if (!streq(text, rows[i].value))
            fail_msg("%s: %s", rows[i].place, text ? text : "nothing");
    }
    EXPECT(place_find(json_array_get(docs, 0), "") == json_array_get(docs, 0));
}
