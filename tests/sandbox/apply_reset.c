/* SPDX-License-Identifier: Apache-2.0 */
/* A write of the object leaves the status as it is, one of the status leaves the rest. */
#include "tests/sandbox/apply.h"

#include "lib/base/mem.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static json_t *object_resets, *status_resets, *custom_status_resets;

static void make_sets(void)
{
    object_resets = json_pack("{s:{}}", "f:status");
    status_resets = json_pack("{s:{}, s:{s:{}}}", "f:spec", "f:metadata", "f:labels");
    custom_status_resets = json_pack("{s:{}, s:{}}", "f:spec", "f:metadata");
}

const json_t *apply_reset_fields(bool has_status, bool custom, const char *subresource)
{
    pthread_once(&once, make_sets);
    if (!has_status)
        return NULL;
    if (!subresource || !*subresource)
        return object_resets;
    if (!streq(subresource, "status"))
        return NULL;
    return custom ? custom_status_resets : status_resets;
}
