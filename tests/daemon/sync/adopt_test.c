/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/adopt.h"

#include "tests/daemon/parts.h"

/* An entry of managedFields. */
#define ENTRY(manager, operation, version, fields)                                                 \
    "{'manager':'" manager "','operation':'" operation "','apiVersion':'" version                  \
    "','fieldsType':'FieldsV1','fieldsV1':" fields "}"
#define KUBECTL(fields) ENTRY("kubectl-client-side-apply", "Update", "v1", fields)
#define OURS(fields) ENTRY("gitopsd", "Apply", "v1", fields)

typedef json_t *patch_fn(const json_t *live);

static json_t *move(const json_t *live)
{
    return adopt_patch_move(live, "v1");
}

/* `want` is what managedFields become, "" when there is nothing to do. */
static void check(patch_fn *patch_of, const char *entries, const char *want)
{
    cleanup_json json_t *live =
        parsef("{'metadata':{'resourceVersion':'7','managedFields':[%s]}}", entries);
    cleanup_json json_t *patch = patch_of(live);
    cleanup_json json_t *wanted = NULL;

    if (!*want) {
        if (patch)
            fail_msg("%s: nothing was expected to move", entries);
        return;
    }
    if (!patch)
        fail_msg("%s: nothing moved", entries);
    wanted = parsef("[{'op':'replace','path':'/metadata/managedFields','value':[%s]},"
                    "{'op':'replace','path':'/metadata/resourceVersion','value':'7'}]",
                    want);
    if (!json_equal(patch, wanted)) {
        char *text = json_dumps(patch, 0);

        fail_msg("%s\nbecame %s\nexpected %s", entries, text, want);
    }
}

TEST(what_another_applier_owns_becomes_ours)
{
    check(move, "", "");
    check(move, OURS("{'f:data':{}}"), "");
    check(move, KUBECTL("{'f:data':{'f:a':{}}}"), OURS("{'f:data':{'f:a':{}}}"));
    check(move, ENTRY("helm", "Update", "v1", "{'f:data':{}}"), OURS("{'f:data':{}}"));
    check(move, ENTRY("argocd-controller", "Apply", "v1", "{'f:data':{}}"), OURS("{'f:data':{}}"));
    check(move, ENTRY("kustomize-controller", "Apply", "v1", "{'f:data':{}}"),
          OURS("{'f:data':{}}"));
    check(move, KUBECTL("{'f:data':{'f:a':{}}}") "," OURS("{'f:data':{'f:b':{}}}"),
          OURS("{'f:data':{'f:a':{},'f:b':{}}}"));
}

/* A hook that becomes a plain object, and what Replace=true wrote. */
TEST(what_we_wrote_whole_becomes_applied)
{
#define MARKED "{'f:metadata':{'f:annotations':{'f:argocd.argoproj.io/tracking-id':{}}}}"
#define FINALIZER "{'f:metadata':{'f:finalizers':{}}}"
    check(move, ENTRY("gitopsd", "Update", "v1", MARKED), OURS(MARKED));
    check(move, ENTRY("gitopsd", "Update", "v1", FINALIZER), "");
    check(adopt_patch_share, ENTRY("gitopsd", "Update", "v1", MARKED) "," OURS(MARKED),
          OURS(MARKED));
    check(adopt_patch_share, ENTRY("gitopsd", "Update", "v1", FINALIZER) "," OURS(FINALIZER), "");
}

TEST(who_changes_single_fields_keeps_them)
{
    check(move, ENTRY("kubectl-edit", "Update", "v1", "{'f:data':{}}"), "");
    check(move, ENTRY("kube-controller-manager", "Update", "v1", "{'f:data':{}}"), "");
    check(move,
          ENTRY("kubectl-edit", "Update", "v1",
                "{'f:data':{'f:x':{}}}") "," KUBECTL("{'f:data':{'f:a':{}}}"),
          ENTRY("kubectl-edit", "Update", "v1",
                "{'f:data':{'f:x':{}}}") "," OURS("{'f:data':{'f:a':{}}}"));
}

TEST(a_status_is_never_taken_over)
{
    check(move, KUBECTL("{'f:spec':{},'f:status':{'f:x':{}}}"),
          KUBECTL("{'f:status':{'f:x':{}}}") "," OURS("{'f:spec':{}}"));
}

TEST(a_subresource_is_not_ours_to_take)
{
    check(move,
          "{'manager':'helm','operation':'Update','apiVersion':'v1','subresource':'scale',"
          "'fieldsType':'FieldsV1','fieldsV1':{'f:spec':{}}}",
          "");
}

/* It owns the server's defaults, too: to move them would mean to remove them. */
TEST(what_was_there_before_the_first_apply_only_stops_sharing)
{
    check(move, ENTRY("before-first-apply", "Update", "v1", "{'f:data':{}}"), "");
    check(move,
          ENTRY("before-first-apply", "Update", "v1",
                "{'f:data':{'f:a':{},'f:default':{}}}") "," ENTRY("argocd-controller", "Apply",
                                                                  "v1", "{'f:data':{'f:a':{}}}"),
          ENTRY("before-first-apply", "Update", "v1",
                "{'f:data':{'f:default':{}}}") "," OURS("{'f:data':{'f:a':{}}}"));
}

/* Fields of two versions do not join; an applier has one entry only. */
TEST(versions_are_not_mixed)
{
    check(move, ENTRY("helm", "Update", "v1beta1", "{'f:data':{}}"),
          ENTRY("gitopsd", "Apply", "v1beta1", "{'f:data':{}}"));
    check(move, ENTRY("helm", "Update", "v1beta1", "{'f:old':{}}") "," KUBECTL("{'f:data':{}}"),
          ENTRY("helm", "Update", "v1beta1", "{'f:old':{}}") "," OURS("{'f:data':{}}"));
    check(move, ENTRY("helm", "Update", "v1beta1", "{'f:old':{}}") "," OURS("{'f:data':{}}"), "");
}

TEST(shared_fields_become_ours_alone)
{
    check(adopt_patch_share, KUBECTL("{'f:data':{}}"), "");
    check(adopt_patch_share, OURS("{'f:data':{'f:a':{}}}"), "");
    check(adopt_patch_share,
          KUBECTL("{'f:data':{'f:theirs':{}}}") "," OURS("{'f:data':{'f:a':{}}}"), "");
    check(adopt_patch_share,
          KUBECTL("{'f:data':{'f:a':{},'f:theirs':{}}}") "," OURS("{'f:data':{'f:a':{}}}"),
          KUBECTL("{'f:data':{'f:theirs':{}}}") "," OURS("{'f:data':{'f:a':{}}}"));
    check(adopt_patch_share, KUBECTL("{'f:data':{'f:a':{}}}") "," OURS("{'f:data':{'f:a':{}}}"),
          OURS("{'f:data':{'f:a':{}}}"));
    check(adopt_patch_share,
          ENTRY("kubectl-edit", "Update", "v1",
                "{'f:data':{'f:a':{}}}") "," OURS("{'f:data':{'f:a':{}}}"),
          "");
}
