/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/library.h"

int git_commit_read(struct git_repository_handle *h, const char *oid, struct git_commit_info *out,
                    struct error **err)
{
    git_oid id;
    git_commit *commit = NULL;
    int code;

    if (git_oid_parse(oid, &id, err) < 0)
        return -1;
    code = git_commit_lookup(&commit, h->repo, &id);
    if (code < 0)
        return error_set(err, git_library_kind(code), "commit %s of %s: %s", oid, h->dir,
                         git_library_message());

    const git_signature *author = git_commit_author(commit);
    const char *message = git_commit_message(commit);
    out->author = xasprintf("%s <%s>", author ? author->name : "", author ? author->email : "");
    out->message = xstrdup(message ? message : "");
    out->time_ms = (int64_t)git_commit_time(commit) * 1000;
    git_commit_free(commit);
    return 0;
}

void git_commit_info_clear(struct git_commit_info *info)
{
    free(TAKE(info->author));
    free(TAKE(info->message));
}
