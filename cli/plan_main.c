/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon_get.h"
#include "cli/input.h"
#include "cli/plan.h"
#include "lib/doc/yaml.h"

#include <stdio.h>
#include <sys/stat.h>

#define DEFAULT_NAMESPACE "argocd"
#define FILE_MAX_BYTES (16u << 20)

struct arguments {
    const char *server;
    const char *app;
    bool prune;
    bool as_json;
};

static int parse_output(struct arguments *a, const char *format, struct error **err)
{
    a->as_json = streq(format, "json");
    if (!a->as_json && !streq(format, "text"))
        return error_set(err, ERROR_INVALID, "-o %s: must be text or json", format);
    return 0;
}

static int parse_arguments(struct arguments *a, char **argv, struct error **err)
{
    for (; *argv; argv++) {
        const char *arg = *argv;

        if (streq(arg, "--prune"))
            a->prune = true;
        else if (streq(arg, "--server") && argv[1])
            a->server = *++argv;
        else if (str_has_prefix(arg, "--server="))
            a->server = arg + strlen("--server=");
        else if (streq(arg, "-o") && argv[1]) {
            if (parse_output(a, *++argv, err) < 0)
                return -1;
        } else if (arg[0] == '-')
            return error_set(err, ERROR_INVALID, "unknown flag or missing value: %s", arg);
        else if (a->app)
            return error_set(err, ERROR_INVALID, "more than one application: %s and %s", a->app,
                             arg);
        else
            a->app = arg;
    }
    if (!a->app)
        return error_set(err, ERROR_INVALID, "which application?");
    return 0;
}

/* The name that the Application in a file has. Heap string in `*name`. */
static int name_in_file(const char *path, char **name, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX_BYTES);
    cleanup_json json_t *docs = NULL;
    const json_t *metadata;
    const char *namespace;
    const char *found;

    if (input_read(path, &text, err) < 0 ||
        yaml_parse(path, text.data, text.len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    metadata = json_object_get(json_array_get(docs, 0), "metadata");
    found = json_string_value(json_object_get(metadata, "name"));
    namespace = json_string_value(json_object_get(metadata, "namespace"));
    if (json_array_size(docs) != 1 || !found ||
        !streq(json_string_value(json_object_get(json_array_get(docs, 0), "kind")), "Application"))
        return error_set(err, ERROR_INVALID, "%s: does not hold one Application", path);
    *name = xasprintf("%s/%s", namespace ? namespace : DEFAULT_NAMESPACE, found);
    return 0;
}

/* "NAMESPACE/NAME", a heap string. A file that exists wins. */
static int application_name(const char *arg, char **name, struct error **err)
{
    struct stat st;

    if (stat(arg, &st) == 0 && S_ISREG(st.st_mode))
        return name_in_file(arg, name, err);
    *name = strchr(arg, '/') ? xstrdup(arg) : xasprintf("%s/%s", DEFAULT_NAMESPACE, arg);
    return 0;
}

int plan_main(char **argv, struct error **err)
{
    struct arguments a = {.server = DAEMON_DEFAULT_SERVER};
    cleanup_buf struct buf answer = BUF_UNLIMITED;
    cleanup_free char *name = NULL;
    cleanup_free char *path = NULL;

    if (parse_arguments(&a, argv, err) < 0)
        return error_wrap(err, "usage: gitopsctl " PLAN_USAGE);
    if (application_name(a.app, &name, err) < 0)
        return -1;
    path = xasprintf("/api/v1/applications/%s/plan?format=%s%s", name, a.as_json ? "json" : "text",
                     a.prune ? "&prune=true" : "");
    if (daemon_get(a.server, path, &answer, err) < 0)
        return error_wrap(err, "%s", name);
    fwrite(answer.data, 1, answer.len, stdout);
    return 0;
}
