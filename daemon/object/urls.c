/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/urls.h"

#include "daemon/object/identity.h"

#define LINK_PREFIX "link.argocd.argoproj.io/"
#define NO_LINKS_ANNOTATION "argocd.argoproj.io/ignore-default-links"

static void add(struct strvec *out, char *url)
{
    if (strvec_has(out, url))
        free(url);
    else
        strvec_take(out, url);
}

static void add_links(const json_t *live, struct strvec *out)
{
    json_t *annotations = json_object_get(json_object_get(live, "metadata"), "annotations");
    const char *name;
    json_t *value;

    json_object_foreach (annotations, name, value)
        if (str_has_prefix(name, LINK_PREFIX) && json_is_string(value))
            add(out, xstrdup(json_string_value(value)));
}

static bool is_ingress(const json_t *live)
{
    const char *version = object_string(live, "apiVersion");

    return streq(object_string(live, "kind"), "Ingress") &&
           (str_has_prefix(version, "networking.k8s.io/") ||
            str_has_prefix(version, "extensions/"));
}

/* Where the load balancer is: for a rule without a host. "" while that is not known. */
static const char *balancer_of(const json_t *live)
{
    const json_t *balancer = json_object_get(json_object_get(live, "status"), "loadBalancer");
    const json_t *point;
    size_t i;

    json_array_foreach (json_object_get(balancer, "ingress"), i, point) {
        const char *name = object_string(point, "hostname");

        if (!*name)
            name = object_string(point, "ip");
        if (*name)
            return name;
    }
    return "";
}

static bool has_tls(const json_t *spec, const char *host)
{
    const json_t *entry, *name;
    size_t i, j;

    json_array_foreach (json_object_get(spec, "tls"), i, entry) {
        if (*object_string(entry, "secretName"))
            return true;
        json_array_foreach (json_object_get(entry, "hosts"), j, name)
            if (streq(json_string_value(name), host))
                return true;
    }
    return false;
}

static void add_rule(const json_t *live, const json_t *rule, struct strvec *out)
{
    const json_t *spec = json_object_get(live, "spec");
    const char *host = object_string(rule, "host");
    const json_t *path;
    size_t i;

    if (!*host)
        host = balancer_of(live);
    if (!*host)
        return;
    json_array_foreach (json_object_get(json_object_get(rule, "http"), "paths"), i, path) {
        const char *text = object_string(path, "path");
        size_t len = strlen(text);

        if (len && text[len - 1] == '*')
            len--;
        add(out,
            xasprintf("%s://%s%.*s", has_tls(spec, host) ? "https" : "http", host, (int)len, text));
    }
}

/* Go's strconv.ParseBool. */
static bool is_true(const char *word)
{
    static const char *const words[] = {"1", "t", "T", "true", "TRUE", "True"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (streq(word, words[i]))
            return true;
    return false;
}

void urls_of(const json_t *live, struct strvec *out)
{
    const json_t *rule;
    size_t i;

    add_links(live, out);
    if (!is_ingress(live) || is_true(object_annotation(live, NO_LINKS_ANNOTATION)))
        return;
    json_array_foreach (json_object_get(json_object_get(live, "spec"), "rules"), i, rule)
        add_rule(live, rule, out);
}
