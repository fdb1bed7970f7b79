/* SPDX-License-Identifier: Apache-2.0 */
/* refs: which commit of a remote's references a targetRevision means. */
#include "lib/git/git.h"
#include "lib/git/semver.h"

#define SHORTEST_ABBREVIATION 7
#define TAGS "refs/tags/"

void git_refs_free(struct git_refs *refs)
{
    if (!refs)
        return;
    for (size_t i = 0; i < refs->len; i++) {
        free(refs->items[i].name);
        free(refs->items[i].symref_target);
    }
    free(refs->items);
    free(refs);
}

static bool is_hex(const char *s)
{
    return s[strspn(s, "0123456789abcdefABCDEF")] == '\0';
}

static const struct git_ref *find_exact(const struct git_refs *refs, const char *name)
{
    for (size_t i = 0; i < refs->len; i++) {
        if (strcmp(refs->items[i].name, name) == 0)
            return &refs->items[i];
    }
    return NULL;
}

const char *git_refs_tag(const struct git_refs *refs, const char *ref)
{
    const struct git_ref *found = ref ? find_exact(refs, ref) : NULL;

    return found ? found->tag : "";
}

/* "main" is refs/heads/main or refs/tags/main, whichever sorts first: the branch. */
static const struct git_ref *find_by_name(const struct git_refs *refs, const char *name)
{
    static const char *const prefixes[] = {"", "refs/heads/", TAGS, "refs/remotes/", "refs/"};

    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        cleanup_free char *full = xasprintf("%s%s", prefixes[i], name);
        const struct git_ref *ref = find_exact(refs, full);
        if (ref)
            return ref;
    }
    return NULL;
}

/* The highest tag that the constraint allows. */
static const struct git_ref *find_by_constraint(const struct git_refs *refs, const char *constraint,
                                                const char *tag_prefix)
{
    cleanup_free char *prefix = xasprintf(TAGS "%s", tag_prefix);
    const struct git_ref *best = NULL;
    struct semver best_version = {{0}, ""};

    for (size_t i = 0; i < refs->len; i++) {
        struct semver version;
        if (!str_has_prefix(refs->items[i].name, prefix) ||
            !semver_parse(refs->items[i].name + strlen(prefix), &version) ||
            !semver_matches(constraint, &version))
            continue;
        if (!best || semver_compare(&version, &best_version) > 0) {
            best = &refs->items[i];
            best_version = version;
        }
    }
    return best;
}

/* The one commit that begins so, of those that the remote tells. */
static const struct git_ref *find_by_abbreviation(const struct git_refs *refs, const char *text)
{
    const struct git_ref *match = NULL;

    for (size_t i = 0; i < refs->len; i++) {
        if (strncasecmp(refs->items[i].oid, text, strlen(text)) != 0)
            continue;
        if (match && !streq(match->oid, refs->items[i].oid))
            return NULL;
        if (!match)
            match = &refs->items[i];
    }
    return match;
}

static int found(const struct git_refs *refs, const struct git_ref *ref,
                 char oid[GIT_OID_HEX_BYTES], char **name)
{
    const struct git_ref *target = ref->symref_target ? find_exact(refs, ref->symref_target) : NULL;

    memcpy(oid, (target ? target : ref)->oid, GIT_OID_HEX_BYTES);
    *name = xstrdup((target ? target : ref)->name);
    return 0;
}

int git_refs_resolve(const struct git_refs *refs, const char *revision, char oid[GIT_OID_HEX_BYTES],
                     char **ref, struct error **err)
{
    return git_refs_resolve_prefixed(refs, revision, "", oid, ref, err);
}

int git_refs_resolve_prefixed(const struct git_refs *refs, const char *revision,
                              const char *tag_prefix, char oid[GIT_OID_HEX_BYTES], char **ref,
                              struct error **err)
{
    size_t len = strlen(revision);
    const struct git_ref *match = NULL;

    if (len == GIT_OID_HEX_BYTES - 1 && is_hex(revision)) {
        for (size_t i = 0; i <= len; i++)
            oid[i] =
                (char)(revision[i] >= 'A' && revision[i] <= 'F' ? revision[i] + 32 : revision[i]);
        *ref = NULL;
        return 0;
    }
    if (*revision == '\0')
        revision = "HEAD";
    if (semver_is_constraint(revision))
        match = find_by_constraint(refs, revision, tag_prefix);
    if (!match)
        match = find_by_name(refs, revision);
    if (!match && len >= SHORTEST_ABBREVIATION && is_hex(revision))
        match = find_by_abbreviation(refs, revision);
    if (match)
        return found(refs, match, oid, ref);
    if (len >= SHORTEST_ABBREVIATION && is_hex(revision))
        return error_set(err, ERROR_UNSUPPORTED,
                         "\"%s\" looks like an abbreviated commit id: write all 40 digits, because "
                         "a server does not tell what an abbreviation means that no branch or tag "
                         "is at",
                         revision);
    return error_set(err, ERROR_NOT_FOUND,
                     "unable to resolve '%s' to a commit SHA: the repository has no such branch, "
                     "tag or matching version",
                     revision);
}
