/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in table is text until somebody asks for one of its kinds: most daemons never do. */
#include "lib/kube/schema_graph.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct kube_schema *builtin;

static void read_table(void)
{
    struct error *err = NULL;

    if (kube_schema_read(schema_table, schema_table_len, &builtin, &err) < 0)
        UNREACHABLE();
}

const struct kube_type *kube_schema_builtin(const char *group, const char *version,
                                            const char *kind)
{
    pthread_once(&once, read_table);
    return kube_schema_kind(builtin, group, version, kind);
}
