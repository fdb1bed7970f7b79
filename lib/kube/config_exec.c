/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config_entry.h"

#include <libgen.h>

/* A bare name is looked up in $PATH; a relative path starts at the kubeconfig. */
static char *command_path(const struct kubeconfig_entry *e, const char *command)
{
    cleanup_free char *file = xstrdup(e->file);

    if (command[0] == '/' || !strchr(command, '/'))
        return xstrdup(command);
    return xasprintf("%s/%s", dirname(file), command);
}

static int parse_args(const struct kubeconfig_entry *e, struct strvec *out, struct error **err)
{
    const json_t *list = json_object_get(e->body, "args");
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return kubeconfig_error(e, err, ERROR_INVALID, "args: expected a list");
    json_array_foreach (list, i, item) {
        if (!json_is_string(item))
            return kubeconfig_error(e, err, ERROR_INVALID,
                                    "args[%zu]: expected a string (is it quoted?)", i);
        strvec_push(out, json_string_value(item));
    }
    return 0;
}

static int parse_env(const struct kubeconfig_entry *e, struct strvec *out, struct error **err)
{
    const json_t *list = json_object_get(e->body, "env");
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return kubeconfig_error(e, err, ERROR_INVALID, "env: expected a list");
    json_array_foreach (list, i, item) {
        const char *name = json_string_value(json_object_get(item, "name"));
        const json_t *value = json_object_get(item, "value");

        if (!name || !*name || strchr(name, '='))
            return kubeconfig_error(e, err, ERROR_INVALID, "env[%zu]: expected a name", i);
        if (value && !json_is_null(value) && !json_is_string(value))
            return kubeconfig_error(e, err, ERROR_INVALID,
                                    "env[%zu] (%s): expected a string (is it quoted?)", i, name);
        strvec_pushf(out, "%s=%s", name, json_is_string(value) ? json_string_value(value) : "");
    }
    return 0;
}

/* A daemon has nobody to ask. */
static int check_interactive(const struct kubeconfig_entry *e, const char *api_version,
                             struct error **err)
{
    const char *mode;

    if (kubeconfig_text(e, "interactiveMode", &mode, err) < 0)
        return -1;
    if (streq(mode, "Never") || streq(mode, "IfAvailable"))
        return 0;
    if (streq(mode, "Always"))
        return kubeconfig_error(e, err, ERROR_UNSUPPORTED,
                                "interactiveMode: Always needs a person at a terminal; use a "
                                "plugin that works without one");
    if (mode)
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "interactiveMode: \"%s\", expected Never, IfAvailable or Always",
                                mode);
    if (streq(api_version, "client.authentication.k8s.io/v1"))
        return kubeconfig_error(e, err, ERROR_INVALID,
                                "interactiveMode: missing; with %s it must be Never, IfAvailable "
                                "or Always",
                                api_version);
    return 0;
}

static int check_version(const struct kubeconfig_entry *e, const char *version, struct error **err)
{
    if (!version)
        return kubeconfig_error(e, err, ERROR_INVALID, "apiVersion: missing");
    if (streq(version, "client.authentication.k8s.io/v1alpha1"))
        return kubeconfig_error(e, err, ERROR_UNSUPPORTED,
                                "apiVersion: %s was removed from Kubernetes 1.24; update the "
                                "plugin and use client.authentication.k8s.io/v1",
                                version);
    if (!streq(version, "client.authentication.k8s.io/v1") &&
        !streq(version, "client.authentication.k8s.io/v1beta1"))
        return kubeconfig_error(e, err, ERROR_UNSUPPORTED,
                                "apiVersion: \"%s\", expected client.authentication.k8s.io/v1 or "
                                "v1beta1",
                                version);
    return 0;
}

static int parse_fields(const struct kubeconfig_entry *e, struct kube_exec *exec,
                        struct error **err)
{
    const char *command, *version, *hint;

    if (kubeconfig_text(e, "command", &command, err) < 0 ||
        kubeconfig_text(e, "apiVersion", &version, err) < 0 ||
        kubeconfig_text(e, "installHint", &hint, err) < 0 ||
        kubeconfig_bool(e, "provideClusterInfo", &exec->provide_cluster_info, err) < 0)
        return -1;
    if (!command)
        return kubeconfig_error(e, err, ERROR_INVALID, "command: missing");
    if (check_version(e, version, err) < 0 || check_interactive(e, version, err) < 0 ||
        parse_args(e, &exec->args, err) < 0 || parse_env(e, &exec->env, err) < 0)
        return -1;
    exec->command = command_path(e, command);
    exec->api_version = xstrdup(version);
    exec->install_hint = xstrdup(hint);
    return 0;
}

int config_exec_parse(const struct kubeconfig_entry *user, struct kube_exec **out,
                      struct error **err)
{
    json_t *body = json_object_get(user->body, "exec");
    struct kubeconfig_entry e = {
        .kind = "exec of user", .name = user->name, .file = user->file, .body = body};

    if (!body || json_is_null(body))
        return 0;
    if (!json_is_object(body))
        return kubeconfig_error(user, err, ERROR_INVALID, "exec: expected a map");
    *out = xcalloc(1, sizeof(**out)); /* a half-built one is freed with its config */
    return parse_fields(&e, *out, err);
}
