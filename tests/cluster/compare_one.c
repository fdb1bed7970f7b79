/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare-one [OPENAPI-FILE...]: for each line {"desired": ..., "live": ..., "answer": ...} of
 * standard input, print the verdict on desired and live as one line:
 * {"drift": ..., "paths": [[drift, path, manager], ...], "us": microseconds, "dry_run": ...}.
 * `answer` (optional) is what a server-side dry-run made of it, and `dry_run` the verdict on that.
 * For tests/cluster/test_compare_property.py.
 */
#include "daemon/compare/compare.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "lib/kube/schema.h"

#include <stdio.h>

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    size_t cap = 0;
    ssize_t n = f ? getdelim(&text, &cap, '\0', f) : -1;

    if (f)
        fclose(f);
    *len = n < 0 ? 0 : (size_t)n;
    return text;
}

static void load_schema(const char *path, struct ptrvec *schemas)
{
    cleanup_error struct error *err = NULL;
    size_t len;
    cleanup_free char *text = read_file(path, &len);
    struct kube_schema *schema;

    if (kube_schema_parse(text ? text : "", len, &schema, &err) < 0) {
        fprintf(stderr, "compare-one: %s: %s\n", path, error_message(err));
        exit(1);
    }
    ptrvec_push(schemas, schema);
}

static const struct kube_type *find_type(const struct ptrvec *schemas, const json_t *object)
{
    const char *api_version = object_string(object, "apiVersion");
    const char *slash = strchr(api_version, '/');
    cleanup_free char *group =
        slash ? xstrndup(api_version, (size_t)(slash - api_version)) : xstrdup("");
    const struct kube_type *type = NULL;

    for (size_t i = 0; !type && i < schemas->len; i++)
        type = kube_schema_kind(schemas->items[i], group, slash ? slash + 1 : api_version,
                                object_string(object, "kind"));
    return type;
}

static json_t *paths_of(const struct drifts *d)
{
    json_t *paths = json_array();

    for (size_t i = 0; i < d->len; i++)
        json_array_append_new(paths, json_pack("[s, s, s?]", drift_name(d->items[i].drift),
                                               d->items[i].path, d->items[i].manager));
    return paths;
}

static void compare_line(const json_t *line, const struct ptrvec *schemas)
{
    cleanup_drifts struct drifts drifts = {0};
    cleanup_drifts struct drifts would = {0};
    const json_t *answer = json_object_get(line, "answer");
    struct compare_input in = {
        .desired = json_object_get(line, "desired"),
        .live = json_object_get(line, "live"),
    };
    uint64_t start;
    enum drift drift;
    cleanup_json json_t *result = NULL;

    in.type = find_type(schemas, in.desired);
    start = time_monotonic_us();
    drift = compare_objects(&in, &drifts);
    result =
        json_pack("{s:s, s:o, s:I, s:b}", "drift", drift_name(drift), "paths", paths_of(&drifts),
                  "us", (json_int_t)(time_monotonic_us() - start), "typed", in.type != NULL);
    if (answer) {
        drift = compare_dry_run(in.live, answer, NULL, &would);
        json_object_set_new(result, "dry_run", json_string(drift_name(drift)));
        json_object_set_new(result, "would", paths_of(&would));
    }
    json_dumpf(result, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct ptrvec schemas = {0};
    char *text = NULL;
    size_t cap = 0;
    ssize_t len;

    for (int i = 1; i < argc; i++)
        load_schema(argv[i], &schemas);
    while ((len = getline(&text, &cap, stdin)) > 0) {
        cleanup_json json_t *line = json_loadb(text, (size_t)len, JSON_ALLOW_NUL, NULL);

        if (!line) {
            fprintf(stderr, "compare-one: no JSON\n");
            return 1;
        }
        compare_line(line, &schemas);
    }
    free(text);
    for (size_t i = 0; i < schemas.len; i++)
        kube_schema_unref(schemas.items[i]);
    ptrvec_clear(&schemas);
    return 0;
}
