/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/signature.h"

#include "lib/git/library.h"

/* May hold NUL. */
static char *text_of(const char *bytes, size_t len)
{
    char *text = xmalloc(len + 1);

    if (len)
        memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

static int read_signature(git_repository *repo, git_oid *id, struct git_signed *out,
                          struct error **err)
{
    git_buf signature = GIT_BUF_INIT;
    git_buf content = GIT_BUF_INIT;
    int code = git_commit_extract_signature(&signature, &content, repo, id, NULL);

    if (code == 0) {
        out->signature = text_of(signature.ptr, signature.size);
        out->content = text_of(content.ptr, content.size);
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

/* ---- an annotated tag ---- */

static bool begins_signature(const char *line, size_t len)
{
    static const char *const marks[] = {
        "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----",
        "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----"};

    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (len >= strlen(marks[i]) && memcmp(line, marks[i], strlen(marks[i])) == 0)
            return true;
    return false;
}

/* The signature is the end of a tag object, from the last line on that begins one, and signs what
 * is before it. Source: git, gpg-interface.c. */
static void split_tag(const char *text, size_t len, struct git_signed *out)
{
    size_t at = len;

    for (size_t line = 0; line < len;) {
        const char *end = memchr(text + line, '\n', len - line);

        if (begins_signature(text + line, len - line))
            at = line;
        line = end ? (size_t)(end - text) + 1 : len;
    }
    if (at == len)
        return;
    out->content = text_of(text, at);
    out->content_len = at;
    out->signature = text_of(text + at, len - at);
}

static int read_tag(struct git_repository_handle *repo, const git_tag *tag, struct git_signed *out,
                    struct error **err)
{
    git_odb *odb = NULL;
    git_odb_object *object = NULL;
    const git_signature *tagger = git_tag_tagger(tag);
    int code = git_repository_odb(&odb, repo->repo);

    if (code == 0)
        code = git_odb_read(&object, odb, git_tag_id(tag));
    if (code == 0)
        split_tag(git_odb_object_data(object), git_odb_object_size(object), out);
    git_odb_object_free(object);
    git_odb_free(odb);
    if (code < 0)
        return error_set(err, git_library_kind(code), "tag %s: %s", git_tag_name(tag),
                         git_library_message());
    out->author = xasprintf("%s <%s>", tagger ? tagger->name : "", tagger ? tagger->email : "");
    out->message = xstrdup(git_tag_message(tag) ? git_tag_message(tag) : "");
    out->tag = xstrdup(git_tag_name(tag));
    return 0;
}

static int check_tagged(const git_tag *tag, const char *commit, struct error **err)
{
    git_object *target = NULL;
    char hex[GIT_OID_HEX_BYTES] = "";
    int code = git_tag_peel(&target, tag);

    if (code == 0)
        git_oid_tostr(hex, sizeof(hex), git_object_id(target));
    git_object_free(target);
    if (code < 0)
        return error_set(err, git_library_kind(code), "tag %s: %s", git_tag_name(tag),
                         git_library_message());
    if (!streq(hex, commit))
        return error_set(err, ERROR_INVALID,
                         "tag %s is one of %s, and not of %s as the repository says",
                         git_tag_name(tag), hex, commit);
    return 0;
}

int git_signed_read_tag(struct git_repository_handle *repo, const char *oid, const char *commit,
                        struct git_signed *out, struct error **err)
{
    git_oid id;
    git_tag *tag = NULL;
    int code;
    int result;

    if (git_oid_parse(oid, &id, err) < 0)
        return -1;
    code = git_tag_lookup(&tag, repo->repo, &id);
    if (code < 0)
        return error_set(err, git_library_kind(code), "tag object %s: %s", oid,
                         git_library_message());
    *out = (struct git_signed){0};
    result = check_tagged(tag, commit, err) < 0 ? -1 : read_tag(repo, tag, out, err);
    git_tag_free(tag);
    return result;
}

void git_signed_clear(struct git_signed *s)
{
    free(s->signature);
    free(s->content);
    free(s->author);
    free(s->message);
    free(s->tag);
    strvec_clear(&s->parents);
    *s = (struct git_signed){0};
}
