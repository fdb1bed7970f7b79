/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/leader.h"

#include "daemon/identity_file.h"
#include "lib/base/log.h"
#include "lib/kube/lease.h"

struct leader {
    struct kube_client *client;
    struct lease *lease;
    struct identity_file identity;
    char *namespace, *name;
    char *problem;
    bool is_required;
    bool is_alone;   /* there can be no Lease here: it acts without one */
    bool told_leads; /* what `changed` was told last */
    leader_changed_fn *changed;
    void *arg;
};

static void tell(struct leader *l)
{
    bool leads = leader_leads(l);

    if (leads == l->told_leads)
        return;
    l->told_leads = leads;
    l->changed(l->arg, leads);
}

static void on_changed(void *arg, bool is_held)
{
    struct leader *l = arg;

    if (is_held)
        log_event(LOG_INFO, "leading: this process acts", "lease", l->name, "identity",
                  lease_holder(l->lease), NULL);
    else
        log_event(LOG_WARN, "the lease is lost: this process does not act any more", "lease",
                  l->name, "holder", lease_holder(l->lease), NULL);
    if (is_held)
        l->is_alone = false;
    tell(l);
}

/* What a person can do about it. */
static char *advice(const struct leader *l, const struct error *err)
{
    if (error_kind(err) == ERROR_DENIED)
        return xasprintf("%s; grant get, list, watch, create and update on leases "
                         "(coordination.k8s.io) in the namespace %s, or, where no other gitopsd "
                         "serves this cluster, start with --leader-elect off",
                         error_message(err), l->namespace);
    if (error_kind(err) == ERROR_NOT_FOUND)
        return xasprintf("%s; create the namespace %s, or name the control namespace with "
                         "--namespace",
                         error_message(err), l->namespace);
    return xstrdup(error_message(err));
}

static void on_problem(void *arg, const struct error *err)
{
    struct leader *l = arg;

    bool no_lease = err && (error_kind(err) == ERROR_DENIED || error_kind(err) == ERROR_NOT_FOUND);

    free(l->problem);
    l->problem = err ? advice(l, err) : NULL;
    l->is_alone = no_lease && !l->is_required;
    if (l->is_alone)
        log_event(LOG_WARN, "no lease can be had here: this process acts without one", "namespace",
                  l->namespace, "lease", l->name, "error", l->problem, NULL);
    else if (err)
        log_event(LOG_ERROR, "the lease cannot be taken", "namespace", l->namespace, "lease",
                  l->name, "error", l->problem, NULL);
    else
        log_event(LOG_INFO, "the lease can be read and written again", "lease", l->name, NULL);
    tell(l);
}

struct leader *leader_new(uv_loop_t *loop, const struct kube_config *config,
                          const struct leader_options *options, leader_changed_fn *changed,
                          void *arg)
{
    static const struct lease_callbacks callbacks = {.changed = on_changed, .problem = on_problem};
    struct leader *l = xcalloc(1, sizeof(*l));
    struct lease_options lease = {
        .namespace = options->namespace,
        .name = options->name,
        .duration_ms = options->duration_ms,
        .renew_deadline_ms = options->renew_deadline_ms,
        .retry_ms = options->retry_ms,
        .fence = options->fence,
    };

    l->identity = identity_file_open(options->state_dir);
    l->namespace = xstrdup(options->namespace);
    l->name = xstrdup(options->name);
    l->is_required = options->is_required;
    l->changed = changed;
    l->arg = arg;
    l->client = kube_client_new(loop, config, 0);
    lease.identity = l->identity.name;
    l->lease = lease_new(l->client, &lease, &callbacks, l);
    return l;
}

bool leader_leads(const struct leader *l)
{
    return !l || l->is_alone || lease_is_held(l->lease);
}

uint64_t leader_busy_since_ms(const struct leader *l)
{
    return l ? kube_client_busy_since_ms(l->client) : 0;
}

const char *leader_problem(const struct leader *l)
{
    return l && !l->is_alone ? l->problem : NULL;
}

const char *leader_name(const struct leader *l)
{
    return l ? lease_holder(l->lease) : "";
}

static void on_released(void *arg)
{
    struct leader *l = arg;

    lease_free(l->lease);
    kube_client_free(l->client);
    identity_file_close(&l->identity);
    free(l->namespace);
    free(l->name);
    free(l->problem);
    free(l);
}

void leader_resign(struct leader *l)
{
    if (l)
        lease_release(l->lease, on_released);
}
