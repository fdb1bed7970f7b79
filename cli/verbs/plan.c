/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/input.h"
#include "cli/verbs/daemon_get.h"
#include "cli/verbs/table.h"
#include "lib/doc/yaml.h"

#include <stdio.h>
#include <sys/stat.h>

#define DEFAULT_NAMESPACE "argocd"
#define FILE_MAX_BYTES (16u << 20)

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
static int application_name(const char *arg, const char *namespace, char **name, struct error **err)
{
    struct stat st;

    if (stat(arg, &st) == 0 && S_ISREG(st.st_mode))
        return name_in_file(arg, name, err);
    *name = strchr(arg, '/') ? xstrdup(arg) : xasprintf("%s/%s", namespace, arg);
    return 0;
}

static int plan_run(const struct invocation *in, struct error **err)
{
    const struct options *o = in->options;
    const char *server = options_text(o, "server");
    const char *namespace = options_text(o, "namespace");
    const char *format = options_text(o, "output");
    cleanup_buf struct buf answer = BUF_UNLIMITED;
    cleanup_free char *name = NULL;
    cleanup_free char *path = NULL;

    if (application_name(options_argument(o, 0), namespace ? namespace : DEFAULT_NAMESPACE, &name,
                         err) < 0)
        return -1;
    path = xasprintf("/api/v1/applications/%s/plan?format=%s%s", name, format ? format : "text",
                     options_has(o, "prune") ? "&prune=true" : "");
    if (daemon_get(server ? server : DAEMON_DEFAULT_SERVER, path, &answer, err) < 0)
        return error_wrap(err, "%s", name);
    fwrite(answer.data, 1, answer.len, stdout);
    return 0;
}

static const struct option_spec options[] = {
    {"server", 0, "URL", "the gitopsd to ask, its --listen; by default " DAEMON_DEFAULT_SERVER},
    {"prune", 0, NULL, "as if prunes were asked for"},
    {"output", 'o', "text|json", "how it is printed"},
    {"namespace", 'n', "NAME", "namespace of the Application; by default argocd"},
    {.name = NULL},
};

const struct verb plan_verb = {
    .name = "plan",
    .summary = "tell what a sync would do now, in its order",
    .arguments = "[NAMESPACE/]APP | FILE",
    .min_arguments = 1,
    .max_arguments = 1,
    .about = "The running daemon says so: it knows the cluster. Make its address reachable, for\n"
             "example by `kubectl port-forward`. FILE is one that holds the Application.\n",
    .examples = "gitopsctl plan shop\n"
                "gitopsctl plan --prune -o json --server http://127.0.0.1:8080 shop\n",
    .options = options,
    .group = VERB_LOOK,
    .run = plan_run,
};
