/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "kustomize/resource.h"
#include "lib/doc/yaml.h"
#include "lib/tree/tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* About what a small object takes. */
#define OBJECT_BYTES 128

/* What fits a terminal fits here; a build may print all of a big repository. */
#define OUTPUT_MAX_BYTES (1u << 30)

static int write_text(const char *path, const struct buf *text, struct error **err)
{
    FILE *f = path ? fopen(path, "wb") : stdout;
    bool failed;

    if (!f)
        return error_set(err, ERROR_INVALID, "open %s: %s", path, strerror(errno));
    failed = fwrite(text->data, 1, text->len, f) != text->len;
    if (path)
        failed = fclose(f) != 0 || failed;
    else
        failed = fflush(f) != 0 || failed;
    if (failed)
        return error_set(err, ERROR_INVALID, "write %s: %s", path ? path : "standard output",
                         strerror(errno));
    return 0;
}

/* Do namespaced objects live in more than one namespace? Then file names say which. */
static bool has_several_namespaces(const json_t *objects)
{
    const char *first = NULL;
    size_t i;
    json_t *object;

    json_array_foreach (objects, i, object) {
        const struct resource r = {.object = object};
        const char *namespace = resource_effective_namespace(&r);

        if (resource_is_cluster_scoped(&r))
            continue;
        if (first && !streq(first, namespace))
            return true;
        first = namespace;
    }
    return false;
}

/* "apps_v1_deployment_web.yaml", as kustomize names it. */
static char *file_name(const struct resource *r, bool with_namespace)
{
    const char *version;
    const char *api_version = resource_api_version(r);
    size_t group = api_version_split(api_version, &version);
    struct buf name = BUF_UNLIMITED;
    char *text;

    if (with_namespace && !resource_is_cluster_scoped(r))
        buf_printf(&name, "%s_", resource_effective_namespace(r));
    if (group)
        buf_printf(&name, "%.*s_", (int)group, api_version);
    if (*version)
        buf_printf(&name, "%s_", version);
    buf_printf(&name, "%s_%s.yaml", resource_kind(r), resource_name(r));
    text = buf_take(&name);
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return text;
}

static int write_object(const char *dir, json_t *object, bool with_namespace, struct error **err)
{
    const struct resource r = {.object = object};
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_MAX_BYTES);
    cleanup_free char *name = file_name(&r, with_namespace);
    cleanup_free char *clean = NULL;
    cleanup_free char *path = NULL;

    /* A name may hold slashes, but nothing is written outside of the directory. */
    if (path_join("", name, &clean, err) < 0)
        return error_wrap(err, "write all objects into one with -o FILE");
    path = xasprintf("%s/%s", dir, clean);
    if (yaml_print_spelled(object, &text, err) < 0)
        return -1;
    return write_text(path, &text, err);
}

static int write_each(const json_t *objects, const char *dir, struct error **err)
{
    bool with_namespace = has_several_namespaces(objects);
    size_t i;
    json_t *object;

    json_array_foreach (objects, i, object)
        if (write_object(dir, object, with_namespace, err) < 0)
            return -1;
    return 0;
}

static void put_list(const json_t *objects, struct buf *text)
{
    cleanup_json json_t *list =
        json_pack("{s:s, s:s, s:O}", "apiVersion", "v1", "kind", "List", "items", objects);
    cleanup_free char *json = json_dumps(list, JSON_INDENT(4));

    buf_printf(text, "%s\n", json);
}

/* "deployment.apps/web", as kubectl has it. */
static void put_names(const json_t *objects, struct buf *text)
{
    size_t i;
    json_t *object;

    json_array_foreach (objects, i, object) {
        const struct resource r = {.object = object};
        const char *api_version = resource_api_version(&r), *version;
        size_t group = api_version_split(api_version, &version);

        for (const char *c = resource_kind(&r); *c; c++)
            buf_putc(text, (char)tolower((unsigned char)*c));
        buf_printf(text, "%s%.*s/%s\n", group ? "." : "", (int)group, api_version,
                   resource_name(&r));
    }
}

bool output_is_exact(const char *where)
{
    return !where || (!streq(where, "json") && !streq(where, "name"));
}

int output_write(const json_t *objects, const char *where, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(OUTPUT_MAX_BYTES);
    const char *path = where && streq(where, "yaml") ? NULL : where;
    struct stat st;

    if (!output_is_exact(where)) {
        (streq(where, "json") ? put_list : put_names)(objects, &text);
        return write_text(NULL, &text, err);
    }
    if (path && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return write_each(objects, path, err);
    buf_reserve(&text, json_array_size(objects) * OBJECT_BYTES);
    if (yaml_print_all_spelled(objects, &text, err) < 0)
        return -1;
    return write_text(path, &text, err);
}
