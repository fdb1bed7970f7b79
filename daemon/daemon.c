/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include "daemon/app/spec.h"
#include "daemon/options/options.h"
#include "lib/kube/client.h"

const char *daemon_control_namespace(const struct daemon *d)
{
    return d->options->control_namespace;
}

bool daemon_is_own_cluster(const struct daemon *d, const struct app_spec *spec)
{
    if (*spec->dest_server)
        return streq(spec->dest_server, DAEMON_OWN_SERVER) ||
               streq(spec->dest_server, kube_client_server(d->client));
    return streq(spec->dest_name, DAEMON_OWN_NAME) ||
           (d->options->cluster_name && streq(spec->dest_name, d->options->cluster_name));
}

bool daemon_serves_all(const struct daemon *d)
{
    return !d->options->selector && !d->options->beside_argocd;
}

bool daemon_acts(const struct daemon *d)
{
    return d->duty == DUTY_ACTING && !d->stopping;
}
