/* SPDX-License-Identifier: Apache-2.0 */
/* What the child answers, and the texts from outside: URLs, known_hosts, revisions. */
#include "tests/fuzz/fuzz.h"

#include "lib/doc/yaml.h"
#include "lib/git/remote.h"
#include "lib/git/semver.h"
#include "lib/git/workers.h"

static void on_done(void *arg, const struct git_refs *refs, const struct error *err)
{
    char oid[GIT_OID_HEX_BYTES];
    char *ref = NULL;
    cleanup_error struct error *unresolved = NULL;

    if (refs && err)
        abort();
    if (refs && git_refs_resolve(refs, arg, oid, &ref, &unresolved) == 0 &&
        strlen(oid) != GIT_OID_HEX_BYTES - 1)
        abort();
    free(ref);
}

static void fuzz_answer(const char *text, size_t len)
{
    cleanup_json json_t *answer = json_loadb(text, len, 0, NULL);
    struct git_operation *op;

    if (!json_is_object(answer))
        return;
    op = xcalloc(1, sizeof(*op));
    op->shown = xstrdup("url");
    op->done = on_done;
    op->arg = (void *)">=1.x";
    operation_answer(op, answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    cleanup_free char *shown = git_url_shown(text), *left = git_url_userinfo(shown);
    cleanup_error struct error *err = NULL;
    struct semver version = {{1, 2, 3}, ""};

    fuzz_answer((const char *)data, size);
    if (left)
        abort(); /* a password would be shown */
    git_url_check(text, &err);
    git_url_ssh_port(text);
    semver_matches(text, &version);
    known_hosts_check(text, "host", 22, "key", 3);
    return 0;
}
