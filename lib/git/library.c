/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/library.h"

#include <pthread.h>

static void init_once(void)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                 GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};

    git_libgit2_init();
    /* What a machine's or a user's configuration says must not change what the daemon does. */
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    /* The cache may lie on a volume that belongs to another user; nothing in it is executed. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

void git_library_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, init_once);
}

enum error_kind git_library_kind(int code)
{
    switch (code) {
    case GIT_ENOTFOUND: return ERROR_NOT_FOUND;
    case GIT_EAMBIGUOUS:
    case GIT_EINVALIDSPEC: return ERROR_INVALID;
    case GIT_EUSER: return ERROR_CANCELED;
    default:
        /* A damaged or vanished cache: fetching again repairs it. */
        return ERROR_UNAVAILABLE;
    }
}

const char *git_library_message(void)
{
    const git_error *last = git_error_last();

    return last && last->message ? last->message : "no reason given";
}

int git_oid_parse(const char *hex, git_oid *out, struct error **err)
{
    if (strlen(hex) != GIT_OID_HEXSZ || git_oid_fromstr(out, hex) < 0)
        return error_set(err, ERROR_INVALID, "\"%s\" is not a full commit id (40 hex digits)", hex);
    return 0;
}
