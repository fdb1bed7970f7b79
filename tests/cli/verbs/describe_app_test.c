/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/describe_app.h"

#include "cli/term.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *parse(const char *text)
{
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(yaml_parse("test", text, strlen(text), YAML_KUBECTL, &docs, &err));
    return json_incref(json_array_get(docs, 0));
}

static char *describe(const char *app_text, const char *project_text)
{
    cleanup_json json_t *app = parse(app_text);
    cleanup_json json_t *project = project_text ? parse(project_text) : NULL;
    cleanup_error struct error *err = NULL;
    struct buf out = BUF_UNLIMITED;
    int64_t now;

    term_set_color("never");
    EXPECT_OK(time_parse_rfc3339("2026-11-30T12:00:00Z", &now, &err));
    describe_app(app, project, now, &out);
    return buf_take(&out);
}

static const char degraded[] =
    "metadata:\n"
    "  name: shop\n"
    "  namespace: argocd\n"
    "  creationTimestamp: \"2026-11-20T12:00:00Z\"\n"
    "  labels: {team: payments}\n"
    "spec:\n"
    "  project: web\n"
    "  source: {repoURL: https://git.example.com/shop.git, targetRevision: main, path: prod}\n"
    "  destination: {server: https://kubernetes.default.svc, namespace: shop}\n"
    "  syncPolicy: {automated: {prune: true, selfHeal: true}, syncOptions: "
    "[CreateNamespace=true]}\n"
    "status:\n"
    "  reconciledAt: \"2026-11-30T11:59:50Z\"\n"
    "  sourceType: Kustomize\n"
    "  sync: {status: OutOfSync, revision: 0123456789abcdef0123456789abcdef01234567}\n"
    "  health: {status: Degraded, message: \"Caused by apps/Deployment:shop/web\",\n"
    "           lastTransitionTime: \"2026-11-30T11:00:00Z\"}\n"
    "  summary: {images: [\"web:1\"], externalURLs: [\"https://shop.example.com\"]}\n"
    "  conditions:\n"
    "  - {type: SyncError, message: \"Failed last sync attempt: x\",\n"
    "     lastTransitionTime: \"2026-11-30T11:58:00Z\"}\n"
    "  operationState:\n"
    "    phase: Failed\n"
    "    message: one or more objects failed to apply\n"
    "    startedAt: \"2026-11-30T11:57:00Z\"\n"
    "    finishedAt: \"2026-11-30T11:57:04Z\"\n"
    "    operation: {initiatedBy: {automated: true}}\n"
    "    syncResult:\n"
    "      revision: 0123456789abcdef0123456789abcdef01234567\n"
    "      resources:\n"
    "      - {kind: ConfigMap, namespace: shop, name: a, status: Synced}\n"
    "      - {group: apps, kind: Deployment, namespace: shop, name: web, status: SyncFailed,\n"
    "         message: \"denied by a webhook\"}\n"
    "  resources:\n"
    "  - {kind: ConfigMap, namespace: shop, name: a, version: v1, status: Synced}\n"
    "  - {kind: ConfigMap, namespace: shop, name: old, status: OutOfSync, requiresPruning: true}\n"
    "  - {group: apps, kind: Deployment, namespace: shop, name: web, status: OutOfSync,\n"
    "     health: {status: Degraded, message: too late}}\n"
    "  history:\n"
    "  - {id: 0, revision: ffffffffffffffffffffffffffffffffffffffff,\n"
    "     deployStartedAt: \"2026-11-29T12:00:00Z\", deployedAt: \"2026-11-29T12:00:03Z\",\n"
    "     initiatedBy: {automated: true}}\n"
    "  - {id: 1, revision: eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee,\n"
    "     deployedAt: \"2026-11-30T10:00:00Z\", initiatedBy: {username: eve}}\n";

TEST(what_is_wrong_is_told_with_its_reason_and_what_to_do)
{
    cleanup_free char *text = describe(degraded, NULL);

    EXPECT_STR(
        text,
        "Application  argocd/shop, created 10d ago\n"
        "Labels       team=payments\n"
        "Project      web\n"
        "Source       https://git.example.com/shop.git\n"
        "             main, path prod, Kustomize\n"
        "Destination  this cluster, namespace shop\n"
        "Sync policy  automated, prune, self-heal, CreateNamespace=true\n"
        "Sync         OutOfSync at 0123456789abcdef0123456789abcdef01234567, compared 10s ago\n"
        "Health       Degraded, since 60m ago: Caused by apps/Deployment:shop/web\n"
        "Images       web:1\n"
        "Addresses    https://shop.example.com\n"
        "\n"
        "Conditions\n"
        "  SyncError, 2m ago\n"
        "    Failed last sync attempt: x\n"
        "    What to do: mend the object that was refused; it is tried again by itself.\n"
        "\n"
        "Last operation\n"
        "  Failed 2m ago, to 0123456789abcdef0123456789abcdef01234567, automated\n"
        "  one or more objects failed to apply\n"
        "  Deployment.apps shop/web: denied by a webhook\n"
        "\n"
        "Objects: 3, of which not in sync or not healthy:\n"
        "  OBJECT                     SYNC        HEALTH     WHY\n"
        "  ConfigMap shop/old         OutOfSync   -          no longer in Git: a sync with prune "
        "deletes it\n"
        "  Deployment.apps shop/web   OutOfSync   Degraded   too late\n"
        "\n"
        "History, the newest first\n"
        "  ID   DEPLOYED               AGO   TOOK   REVISION                                   "
        "BY\n"
        "  1    2026-11-30T10:00:00Z   2h    -      eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee   "
        "eve\n"
        "  0    2026-11-29T12:00:03Z   23h   3s     ffffffffffffffffffffffffffffffffffffffff   "
        "automated\n");
}

TEST(a_new_application_says_that_nobody_serves_it)
{
    cleanup_free char *text =
        describe("metadata: {name: a, namespace: argocd}\n"
                 "spec:\n"
                 "  project: default\n"
                 "  sources:\n"
                 "  - {repoURL: https://eva:s3cret@a.example.com, path: x, targetRevision: v1}\n"
                 "  - {repoURL: https://b.example.com, ref: values}\n"
                 "  destination: {name: other}\n",
                 NULL);

    EXPECT_STR(text, "Application  argocd/a\n"
                     "Project      default\n"
                     "Source 1     https://a.example.com\n"
                     "             v1, path x\n"
                     "Source 2     https://b.example.com\n"
                     "             HEAD, for $values\n"
                     "Destination  other\n"
                     "Sync policy  by hand\n"
                     "Status       none yet: no gitopsd serves it, or it was just created\n");
}

TEST(who_suspended_the_automation_is_told_how_to_resume_it)
{
    cleanup_free char *text =
        describe("metadata: {name: a, namespace: argocd}\n"
                 "spec: {project: web, source: {repoURL: x}, destination: {namespace: n},\n"
                 "       syncPolicy: {automated: {prune: true, enabled: false}}}\n",
                 NULL);

    EXPECT_CONTAINS(text, "\nSync policy  suspended ('gitopsctl resume' ends that), automated, "
                          "prune\n");
}

TEST(windows_tell_what_may_start_now)
{
    cleanup_free char *text =
        describe("metadata: {name: a, namespace: argocd}\n"
                 "spec: {project: web, source: {repoURL: x}, destination: {namespace: ns}}\n",
                 "spec:\n"
                 "  syncWindows:\n"
                 "  - {kind: deny, schedule: \"0 11 * * *\", duration: 2h, applications: [a],\n"
                 "     manualSync: true}\n");

    EXPECT_CONTAINS(text, "\nSync windows of project web\n"
                          "  deny 0 11 * * * for 2h, manual syncs may start\n"
                          "  Automated syncs: may not start now, until 2026-11-30T13:00:00Z or "
                          "later\n"
                          "  Manual syncs: may start now");
}

TEST(an_application_in_order_is_told_in_few_lines)
{
    cleanup_free char *text =
        describe("metadata: {name: a, namespace: argocd}\n"
                 "spec: {project: web, source: {repoURL: x}, destination: {namespace: ns}}\n"
                 "status:\n"
                 "  sync: {status: Synced, revision: v1}\n"
                 "  health: {status: Healthy}\n"
                 "  resources: [{kind: ConfigMap, namespace: ns, name: a, status: Synced}]\n",
                 NULL);

    EXPECT_CONTAINS(text, "Sync         Synced at v1\n"
                          "Health       Healthy\n"
                          "\n"
                          "Objects: 1, all in sync and healthy\n");
}
