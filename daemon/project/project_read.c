/* SPDX-License-Identifier: Apache-2.0 */
/* From an AppProject object to a project. What the CRD does not check is checked here: a rule that
 * cannot be read must not be one that is not there. */
#include "daemon/object/identity.h"
#include "daemon/project/project.h"
#include "daemon/project/window.h"

#include <ctype.h>

#define KEY_ID_DIGITS 16
#define FINGERPRINT_DIGITS 40

/* A list of the spec, or an error that names it; NULL `*out`: it is not there. */
static int find_list(const json_t *spec, const char *field, const json_t **out, struct error **err)
{
    const json_t *list = json_object_get(spec, field);

    *out = json_is_null(list) ? NULL : list;
    if (*out && !json_is_array(list))
        return error_set(err, ERROR_INVALID, "spec.%s is not a list", field);
    return 0;
}

/* "" where it is absent. */
static int read_text(const json_t *item, const char *where, size_t index, const char *field,
                     char **out, struct error **err)
{
    const json_t *value = json_object_get(item, field);

    if (!json_is_object(item) || (value && !json_is_string(value) && !json_is_null(value)))
        return error_set(err, ERROR_INVALID, "spec.%s[%zu]%s%s is not %s", where, index,
                         json_is_object(item) ? "." : "", json_is_object(item) ? field : "",
                         json_is_object(item) ? "a text" : "an object");
    *out = xstrdup(json_is_string(value) ? json_string_value(value) : "");
    return 0;
}

static int read_texts(const json_t *spec, const char *field, struct strvec *out, struct error **err)
{
    const json_t *list;
    const json_t *item;
    size_t i;

    if (find_list(spec, field, &list, err) < 0)
        return -1;
    json_array_foreach (list, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERROR_INVALID, "spec.%s[%zu] is not a text", field, i);
        strvec_push(out, json_string_value(item));
    }
    return 0;
}

static int read_kinds_of(const json_t *list, const char *where, struct project_kinds *out,
                         struct error **err)
{
    const json_t *item;
    size_t i;

    out->given = list != NULL;
    out->items = xcalloc(json_array_size(list) + 1, sizeof(*out->items));
    json_array_foreach (list, i, item) {
        struct project_kind *k = &out->items[out->len++];

        if (read_text(item, where, i, "group", &k->group, err) < 0 ||
            read_text(item, where, i, "kind", &k->kind, err) < 0 ||
            read_text(item, where, i, "name", &k->name, err) < 0)
            return -1;
    }
    return 0;
}

static int read_kinds(const json_t *spec, const char *field, struct project_kinds *out,
                      struct error **err)
{
    const json_t *list;

    return find_list(spec, field, &list, err) < 0 ? -1 : read_kinds_of(list, field, out, err);
}

static int read_destinations(const json_t *spec, struct project *p, struct error **err)
{
    static const char field[] = "destinations";
    const json_t *list;
    const json_t *item;
    size_t i;

    if (find_list(spec, field, &list, err) < 0)
        return -1;
    p->destinations = xcalloc(json_array_size(list) + 1, sizeof(*p->destinations));
    json_array_foreach (list, i, item) {
        struct project_destination *d = &p->destinations[p->destination_count++];

        if (read_text(item, field, i, "server", &d->server, err) < 0 ||
            read_text(item, field, i, "name", &d->name, err) < 0 ||
            read_text(item, field, i, "namespace", &d->namespace, err) < 0)
            return -1;
    }
    return 0;
}

static int read_accounts(const json_t *spec, struct project *p, struct error **err)
{
    static const char field[] = "destinationServiceAccounts";
    const json_t *list;
    const json_t *item;
    size_t i;

    if (find_list(spec, field, &list, err) < 0)
        return -1;
    p->accounts = xcalloc(json_array_size(list) + 1, sizeof(*p->accounts));
    json_array_foreach (list, i, item) {
        struct project_service_account *a = &p->accounts[p->account_count++];

        if (read_text(item, field, i, "server", &a->server, err) < 0 ||
            read_text(item, field, i, "namespace", &a->namespace, err) < 0 ||
            read_text(item, field, i, "defaultServiceAccount", &a->account, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- source integrity ---- */

static int add_key(struct project_policy *policy, const char *key, struct error **err)
{
    size_t len = key ? strlen(key) : 0;
    cleanup_free char *id = NULL;

    if ((len != KEY_ID_DIGITS && len != FINGERPRINT_DIGITS) ||
        strspn(key, "0123456789abcdefABCDEF") != len)
        return error_set(err, ERROR_INVALID,
                         "key \"%s\" is neither a key id of 16 nor a fingerprint of 40 hexadecimal "
                         "digits",
                         key ? key : "");
    id = xstrdup(key + len - KEY_ID_DIGITS);
    for (char *c = id; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    strvec_push(&policy->keys, id);
    return 0;
}

static struct project_policy *add_policy(struct project *p)
{
    p->policies = xrealloc(p->policies, (p->policy_count + 1) * sizeof(*p->policies));
    p->policies[p->policy_count] = (struct project_policy){.mode = SIGNING_HEAD};
    return &p->policies[p->policy_count++];
}

static int read_mode(const char *mode, enum project_signing *out, struct error **err)
{
    if (streq(mode, "none"))
        *out = SIGNING_NONE;
    else if (streq(mode, "head"))
        *out = SIGNING_HEAD;
    else if (streq(mode, "strict"))
        *out = SIGNING_STRICT;
    else
        return error_set(err, ERROR_INVALID, "gpg.mode \"%s\" is none of none, head, strict", mode);
    return 0;
}

static int read_policy(struct project *p, const json_t *item, struct error **err)
{
    struct project_policy *policy = add_policy(p);
    const json_t *gpg = json_object_get(item, "gpg");
    const json_t *value;
    size_t i;

    json_array_foreach (json_object_get(item, "repos"), i, value) {
        strvec_push(&policy->repos, object_string(value, "url"));
    }
    json_array_foreach (json_object_get(gpg, "keys"), i, value) {
        if (add_key(policy, json_string_value(value), err) < 0)
            return -1;
    }
    return read_mode(object_string(gpg, "mode"), &policy->mode, err);
}

static int read_integrity(const json_t *git, struct project *p, struct error **err)
{
    const json_t *item;
    size_t i;

    p->has_policies = true;
    json_array_foreach (json_object_get(git, "policies"), i, item) {
        if (read_policy(p, item, err) < 0)
            return error_wrap(err, "spec.sourceIntegrity.git.policies[%zu]", i);
    }
    return 0;
}

/* Source: Argo CD: signatureKeys are one policy for all repositories, of mode head. */
static int read_signature_keys(const json_t *spec, struct project *p, struct error **err)
{
    struct project_policy *policy;
    const json_t *list;
    const json_t *item;
    size_t i;

    if (find_list(spec, "signatureKeys", &list, err) < 0)
        return -1;
    if (!json_array_size(list))
        return 0;
    p->has_policies = true;
    policy = add_policy(p);
    strvec_push(&policy->repos, "*");
    json_array_foreach (list, i, item) {
        if (add_key(policy, json_string_value(json_object_get(item, "keyID")), err) < 0)
            return error_wrap(err, "spec.signatureKeys[%zu]", i);
    }
    return 0;
}

static int read_signing(const json_t *spec, struct project *p, struct error **err)
{
    const json_t *git = json_object_get(json_object_get(spec, "sourceIntegrity"), "git");

    return json_is_object(git) ? read_integrity(git, p, err) : read_signature_keys(spec, p, err);
}

static int read_orphans(const json_t *spec, struct project *p, struct error **err)
{
    const json_t *orphans = json_object_get(spec, "orphanedResources");

    p->watches_orphans = json_is_object(orphans);
    p->warns_of_orphans = json_is_true(json_object_get(orphans, "warn"));
    return read_kinds_of(json_object_get(orphans, "ignore"), "orphanedResources.ignore",
                         &p->ignored_orphans, err);
}

static int read_windows(const json_t *spec, struct project *p, struct error **err)
{
    const json_t *list;

    if (find_list(spec, "syncWindows", &list, err) < 0)
        return -1;
    p->window_list = list ? json_deep_copy(list) : json_array();
    p->windows = windows_parse(list);
    return 0;
}

int project_parse(const json_t *object, struct project **out, struct error **err)
{
    cleanup_project struct project *p = xcalloc(1, sizeof(*p));
    const json_t *spec = json_object_get(object, "spec");
    const json_t *labels = json_object_get(json_object_get(object, "metadata"), "labels");

    p->refs = 1;
    p->name = xstrdup(object_meta_string(object, "name"));
    p->labels = json_is_object(labels) ? json_deep_copy(labels) : NULL;
    if (read_texts(spec, "sourceRepos", &p->source_repos, err) < 0 ||
        read_texts(spec, "sourceNamespaces", &p->source_namespaces, err) < 0 ||
        read_destinations(spec, p, err) < 0 ||
        read_kinds(spec, "clusterResourceWhitelist", &p->cluster_allow, err) < 0 ||
        read_kinds(spec, "clusterResourceBlacklist", &p->cluster_deny, err) < 0 ||
        read_kinds(spec, "namespaceResourceWhitelist", &p->namespace_allow, err) < 0 ||
        read_kinds(spec, "namespaceResourceBlacklist", &p->namespace_deny, err) < 0 ||
        read_accounts(spec, p, err) < 0 || read_windows(spec, p, err) < 0 ||
        read_orphans(spec, p, err) < 0 || read_signing(spec, p, err) < 0)
        return error_wrap(err, "AppProject %s", p->name);
    *out = TAKE(p);
    return 0;
}
