/* SPDX-License-Identifier: Apache-2.0 */
/* cluster: by which names a project may speak of the one cluster that is served. */
#ifndef GITOPSD_DAEMON_PROJECT_CLUSTER_H
#define GITOPSD_DAEMON_PROJECT_CLUSTER_H

/* The names under which the cluster that a gitopsd serves is known. */
struct project_cluster {
    const char *servers[2]; /* NULL: no (other) one */
    const char *names[2];
};

#endif
