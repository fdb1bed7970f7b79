/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/signature.h"

#include "lib/git/library.h"

static char *text_of(const git_buf *b)
{
    char *text = xmalloc(b->size + 1);

    if (b->size)
        memcpy(text, b->ptr, b->size);
    text[b->size] = '\0';
    return text;
}

static int read_signature(git_repository *repo, git_oid *id, struct git_signed *out,
                          struct error **err)
{
    git_buf signature = GIT_BUF_INIT;
    git_buf content = GIT_BUF_INIT;
    int code = git_commit_extract_signature(&signature, &content, repo, id, NULL);

    if (code == 0) {
        out->signature = text_of(&signature);
        out->content = text_of(&content);
        out->content_len = content.size;
    }
    git_buf_dispose(&signature);
    git_buf_dispose(&content);
    if (code < 0 && code != GIT_ENOTFOUND) /* that is: it has none */
        return error_set(err, git_library_kind(code), "signature of a commit: %s",
                         git_library_message());
    return 0;
}

int git_signed_read(struct git_repository_handle *repo, const char *oid, struct git_signed *out,
                    struct error **err)
{
    git_oid id;
    git_commit *commit = NULL;
    int code;
    int result;

    if (git_oid_parse(oid, &id, err) < 0)
        return -1;
    code = git_commit_lookup(&commit, repo->repo, &id);
    if (code < 0)
        return error_set(err, git_library_kind(code), "commit %s: %s", oid, git_library_message());
    *out = (struct git_signed){0};
    result = read_signature(repo->repo, &id, out, err);
    if (result == 0) {
        const git_signature *author = git_commit_author(commit);
        const char *message = git_commit_message(commit);

        out->author = xasprintf("%s <%s>", author ? author->name : "", author ? author->email : "");
        out->message = xstrdup(message ? message : "");
        for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
            char hex[GIT_OID_HEX_BYTES];

            git_oid_tostr(hex, sizeof(hex), git_commit_parent_id(commit, i));
            strvec_push(&out->parents, hex);
        }
    }
    git_commit_free(commit);
    return result;
}

void git_signed_clear(struct git_signed *s)
{
    free(s->signature);
    free(s->content);
    free(s->author);
    free(s->message);
    strvec_clear(&s->parents);
    *s = (struct git_signed){0};
}
