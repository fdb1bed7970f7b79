/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: inside compare only: the fields that pair the items of a list. Names and defaults are
 * borrowed from the type, or from parsed keys.
 */
#ifndef GITOPSD_DAEMON_COMPARE_KEYS_H
#define GITOPSD_DAEMON_COMPARE_KEYS_H

#include "daemon/compare/walk.h"

#define KEY_MEMBERS_MAX 8

struct keys {
    const char *members[KEY_MEMBERS_MAX];
    const json_t *defaults[KEY_MEMBERS_MAX]; /* of a member that an item leaves out; or NULL */
    unsigned count;
};

/* A member that is there already stays as it is; more than the maximum are left out. */
void keys_add(struct keys *k, const char *name, const json_t *default_value);
/* Those of the type, if it is of a list with keys; sorted by name, as in fieldsV1. */
void keys_add_of_type(struct keys *k, const struct kube_type *list);
/* What an item has for the i-th member, if only by default. NULL: nothing. */
const json_t *keys_member(const struct keys *k, const json_t *item, unsigned i);

/* Nearly always nothing has come, gone or moved. Then no key needs to be parsed, and the items are
 * walked through. False: it has, and nothing was done. */
bool walk_settled(struct comparison *c, const struct place *at, const json_t *declared,
                  const json_t *live, const json_t *owned, const struct keys *keys);

#endif
