/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/apps.h"

#include "cli/verb.h"
#include "daemon/object/identity.h"
#include "lib/base/suggest.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

const struct kube_resource app_resource = {.group = "argoproj.io",
                                           .version = "v1alpha1",
                                           .kind = "Application",
                                           .plural = "applications",
                                           .namespaced = true};

/* `arg` is NAME or NAMESPACE/NAME. */
static char *namespace_of(const char *arg, const char *otherwise)
{
    const char *slash = strchr(arg, '/');

    return slash ? xstrndup(arg, (size_t)(slash - arg)) : xstrdup(otherwise);
}

static const char *name_of(const char *arg)
{
    const char *slash = strchr(arg, '/');

    return slash ? slash + 1 : arg;
}

char *app_path(const char *namespace, const char *arg)
{
    cleanup_free char *ns = arg ? namespace_of(arg, namespace) : NULL;
    cleanup_buf struct buf name = BUF_UNLIMITED;

    if (!arg)
        return kube_resource_path(&app_resource, namespace, NULL);
    url_put_encoded(&name, name_of(arg));
    return kube_resource_path(&app_resource, ns, name.data);
}

static bool is_not_served(const struct error *err)
{
    return error_code(err) == 404 &&
           (strstr(error_message(err), "page not found") ||
            strstr(error_message(err), "could not find the requested resource"));
}

/* A collection that is not there means that its kind is not. */
static int explain(struct error **err)
{
    if (is_not_served(*err))
        error_wrap(err, "this cluster has no kind Application: install gitopsd, or its kinds with "
                        "'kubectl apply --server-side -f config/crd'");
    return -1;
}

static int list(struct cluster *c, const char *namespace, const char *selector, json_t **items,
                struct error **err)
{
    cleanup_free char *path = app_path(namespace, NULL);

    return cluster_list(c, path, selector, NULL, items, err) < 0 ? explain(err) : 0;
}

/* ---- one ---- */

/* In which other namespace is one of that name? NULL: in none, or nobody may look. */
static char *elsewhere(struct cluster *c, const char *name)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_json json_t *items = NULL;
    const json_t *app;
    size_t i;

    if (list(c, NULL, NULL, &items, &ignored) < 0)
        return NULL;
    json_array_foreach (items, i, app) {
        if (streq(object_meta_string(app, "name"), name))
            return xstrdup(object_meta_string(app, "namespace"));
    }
    return NULL;
}

static char *hint_of(struct cluster *c, const char *namespace, const char *name)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_json json_t *items = NULL;
    cleanup_free char *other = NULL;
    struct suggestion s = {.word = name};
    const json_t *app;
    size_t i;

    if (list(c, namespace, NULL, &items, &ignored) < 0)
        return xasprintf(" (%s)", error_message(ignored));
    json_array_foreach (items, i, app)
        suggestion_consider(&s, object_meta_string(app, "name"));
    if (s.best)
        return suggestion_text(&s, "");
    other = elsewhere(c, name);
    if (other)
        return xasprintf("; there is one in namespace %s: -n %s", other, other);
    if (!json_array_size(items))
        return xstrdup("; that namespace has no Applications: 'gitopsctl get -A' lists all");
    return xstrdup("; 'gitopsctl get' lists them");
}

static int check_name(const char *arg, struct error **err)
{
    const char *name = name_of(arg);

    if (!*name || *arg == '/' || strchr(name, '/'))
        return error_set(err, ERROR_INVALID, "%s: is neither NAME nor NAMESPACE/NAME", arg);
    return 0;
}

int app_get(struct cluster *c, const char *arg, json_t **out, struct error **err)
{
    cleanup_free char *path = app_path(c->namespace, arg);
    cleanup_free char *namespace = namespace_of(arg, c->namespace);
    cleanup_free char *hint = NULL;

    if (check_name(arg, err) < 0)
        return -1;
    if (cluster_get(c, path, out, err) == 0)
        return 0;
    if (is_not_served(*err))
        return explain(err);
    if (error_kind(*err) != ERROR_NOT_FOUND)
        return -1;
    error_free(TAKE(*err));
    hint = hint_of(c, namespace, name_of(arg));
    return error_set(err, ERROR_NOT_FOUND, "no Application %s in namespace %s%s", name_of(arg),
                     namespace, hint);
}

/* ---- several ---- */

int app_list(struct cluster *c, const struct options *o, json_t **items, struct error **err)
{
    const char *namespace = options_has(o, "all-namespaces") ? NULL : c->namespace;

    return list(c, namespace, options_text(o, "selector"), items, err);
}

int app_choose(struct cluster *c, const struct options *o, json_t **items, struct error **err)
{
    cleanup_json json_t *chosen = json_array();

    if (!o->arguments.len)
        return app_list(c, o, items, err);
    for (size_t i = 0; i < o->arguments.len; i++) {
        json_t *app;

        if (app_get(c, options_argument(o, i), &app, err) < 0)
            return -1;
        json_array_append_new(chosen, app);
    }
    *items = TAKE(chosen);
    return 0;
}

int app_check_choice(const struct options *o, struct error **err)
{
    if (o->arguments.len || options_text(o, "selector") || options_has(o, "all-namespaces"))
        return 0;
    return misuse(err, "which Applications? Name them, or select them with -l or -A");
}

int app_choose_some(struct cluster *c, const struct options *o, json_t **items, struct error **err)
{
    if (app_choose(c, o, items, err) < 0)
        return -1;
    if (!json_array_size(*items))
        return error_set(err, ERROR_NOT_FOUND, "no Application has these labels");
    return 0;
}
