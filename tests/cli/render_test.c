/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"

#include "tests/test.h"

/* What a shell command prints, output and errors, with `status` set. Free it. */
__attribute__((format(printf, 2, 3))) static char *run(int *status, const char *fmt, ...)
{
    cleanup_free char *command = NULL;
    struct buf out = BUF_UNLIMITED;
    char chunk[4096];
    va_list ap;
    FILE *f;
    size_t n;

    va_start(ap, fmt);
    command = xvasprintf(fmt, ap);
    va_end(ap);
    f = popen(command, "r");
    EXPECT(f != NULL);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(&out, chunk, n);
    *status = pclose(f);
    return buf_take(&out);
}

static const char *gitopsctl(void)
{
    static char path[4096];
    const char *bin = getenv("GITOPSD_BIN");

    snprintf(path, sizeof(path), "%s/gitopsctl", bin ? bin : "build/h/bin");
    return path;
}

#define CONFIG_MAP(name, more) "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " name "\n" more

/* A repository whose commit holds app/ over base/, and not bare. */
static const char *repository(void)
{
    const char *dir = test_tmpdir();
    cleanup_free char *out = NULL;
    int status;

    test_write_file(dir, "base/cm.yaml", CONFIG_MAP("web", "data:\n  a: b\n"));
    test_write_file(dir, "base/kustomization.yaml", "resources: [cm.yaml]\n");
    test_write_file(dir, "app/kustomization.yaml", "namePrefix: x-\nresources: [../base]\n");
    out = run(&status,
              "cd %s && git init -q -b main . && git add . && "
              "git -c user.name=t -c user.email=t@t commit -q -m one 2>&1",
              dir);
    EXPECT_INT(status, 0);
    return dir;
}

TEST(a_commit_renders_as_its_checkout_does)
{
    const char *dir = repository();
    cleanup_free char *checkout = NULL;
    cleanup_free char *commit = NULL;
    cleanup_free char *short_id = NULL;
    cleanup_free char *bare = NULL;
    int status;

    checkout = run(&status, "%s render %s/app 2>&1", gitopsctl(), dir);
    EXPECT_INT(status, 0);
    EXPECT_CONTAINS(checkout, "name: x-web");
    test_write_file(dir, "base/cm.yaml", CONFIG_MAP("changed", ""));
    commit = run(&status, "%s render %s@main:app 2>&1", gitopsctl(), dir);
    EXPECT_INT(status, 0);
    EXPECT_STR(commit, checkout);
    short_id = run(&status, "%s render %s@$(git -C %s rev-parse --short HEAD)^{commit}:./app/ 2>&1",
                   gitopsctl(), dir, dir);
    EXPECT_STR(short_id, checkout);
    bare = run(&status, "git clone -q --bare %s %s/bare.git && %s render %s/bare.git@HEAD:app 2>&1",
               dir, dir, gitopsctl(), dir);
    EXPECT_STR(bare, checkout);
}

TEST(what_is_elsewhere_is_fetched)
{
    const char *dir = repository();
    cleanup_free char *text =
        xasprintf("resources: [\"file://%s//app?ref=main\"]\nnamePrefix: y-\n", dir);
    cleanup_free char *overlay = NULL;
    cleanup_free char *direct = NULL;
    cleanup_free char *wrong = NULL;
    cleanup_free char *left = NULL;
    int status;

    test_write_file(dir, "remote/kustomization.yaml", text);
    test_write_file(dir, "tmp/keep", "");
    overlay = run(&status, "TMPDIR=%s/tmp %s render %s/remote 2>&1", dir, gitopsctl(), dir);
    EXPECT_INT(status, 0);
    EXPECT_CONTAINS(overlay, "name: y-x-web");
    direct = run(&status, "TMPDIR=%s/tmp %s render 'file://%s//app' 2>&1", dir, gitopsctl(), dir);
    EXPECT_INT(status, 0);
    EXPECT_CONTAINS(direct, "name: x-web");
    wrong = run(&status, "TMPDIR=%s/tmp %s render 'file://%s//app?ref=gone' 2>&1", dir, gitopsctl(),
                dir);
    EXPECT(status != 0);
    EXPECT_CONTAINS(wrong, "ref=gone");
    left = run(&status, "ls %s/tmp", dir);
    EXPECT_STR(left, "keep\n");
}

TEST(errors_of_a_revision_name_what_is_wrong)
{
    const char *dir = repository();
    int status;
    cleanup_free char *revision = run(&status, "%s render %s@nowhere:app 2>&1", gitopsctl(), dir);

    EXPECT(status != 0);
    EXPECT_CONTAINS(revision, "revision \"nowhere\" of ");
    cleanup_free char *path = run(&status, "%s render %s@main:nothing 2>&1", gitopsctl(), dir);
    EXPECT(status != 0);
    EXPECT_CONTAINS(path, "nothing");
    EXPECT_CONTAINS(path, "does not exist");
    cleanup_free char *other = run(&status, "%s render %s/app@main:app 2>&1", gitopsctl(), dir);
    EXPECT(status != 0);
    EXPECT_CONTAINS(other, "open the Git repository ");
    cleanup_free char *absent = run(&status, "%s render %s/absent 2>&1", gitopsctl(), dir);
    EXPECT(status != 0);
    EXPECT_CONTAINS(absent, "No such file or directory");
}

TEST(output_goes_to_a_file_or_to_one_for_each_object)
{
    const char *dir = test_tmpdir();
    cleanup_free char *file = NULL;
    cleanup_free char *names = NULL;
    int status;

    test_write_file(dir, "k/kustomization.yaml", "resources: [a.yaml]\n");
    test_write_file(
        dir, "k/a.yaml",
        CONFIG_MAP("one", "  namespace: A\n") "---\n" CONFIG_MAP(
            "two", "") "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                       "metadata:\n  name: Reader\n");
    test_write_file(dir, "out/keep", "");
    file = run(&status, "%s render %s/k -o %s/all.yaml && %s render %s/k | cmp - %s/all.yaml 2>&1",
               gitopsctl(), dir, dir, gitopsctl(), dir, dir);
    EXPECT_INT(status, 0);
    names = run(&status, "%s render --output=%s/out %s/k 2>&1 && ls %s/out", gitopsctl(), dir, dir,
                dir);
    EXPECT_STR(names, "a_v1_configmap_one.yaml\n"
                      "default_v1_configmap_two.yaml\n"
                      "keep\n"
                      "rbac.authorization.k8s.io_v1_clusterrole_reader.yaml\n");
}

TEST(output_is_printed_as_kubectl_would)
{
    const char *dir = test_tmpdir();
    int status;

    test_write_file(dir, "k/kustomization.yaml", "resources: [a.yaml]\n");
    test_write_file(dir, "k/a.yaml",
                    CONFIG_MAP("one", "") "---\napiVersion: rbac.authorization.k8s.io/v1\n"
                                          "kind: ClusterRole\nmetadata: {name: Reader}\n"
                                          "rules: [{verbs: [get], weight: 1.50}]\n");
    cleanup_free char *names = run(&status, "%s render -o name %s/k 2>&1", gitopsctl(), dir);
    EXPECT_STR(names, "clusterrole.rbac.authorization.k8s.io/Reader\nconfigmap/one\n");
    cleanup_free char *yaml =
        run(&status, "%s render %s/k >%s/a && %s render -o yaml %s/k | cmp - %s/a 2>&1",
            gitopsctl(), dir, dir, gitopsctl(), dir, dir);
    EXPECT_STR(yaml, "");
    EXPECT_INT(status, 0);
    cleanup_free char *text = run(&status, "%s render -o json %s/k 2>&1", gitopsctl(), dir);
    cleanup_json json_t *list = json_loads(text, 0, NULL);
    EXPECT_STR(json_string_value(json_object_get(list, "kind")), "List");
    EXPECT_INT(json_array_size(json_object_get(list, "items")), 2);
}

/* As `kustomize build -o DIR` does, but for what would lie outside. */
TEST(a_name_with_a_slash_goes_into_a_directory_that_exists)
{
    const char *dir = test_tmpdir();
    int status;

    test_write_file(dir, "k/kustomization.yaml", "resources: [a.yaml]\n");
    test_write_file(dir, "bad/kustomization.yaml", "resources: [a.yaml]\n");
    test_write_file(dir, "bad/a.yaml", CONFIG_MAP("x/../../c", ""));
    test_write_file(dir, "out/v1_configmap_a/keep", "");
    cleanup_free char *outside =
        run(&status, "%s render -o %s/out %s/bad 2>&1; ls %s", gitopsctl(), dir, dir, dir);
    EXPECT_CONTAINS(outside, "v1_configmap_x/../../c.yaml");
    EXPECT_CONTAINS(outside, "\nbad\nk\nout\n");
    test_write_file(dir, "k/a.yaml", CONFIG_MAP("a/b", "") "---\n" CONFIG_MAP("x/../c", ""));
    cleanup_free char *names =
        run(&status, "%s render -o %s/out %s/k 2>&1 && cd %s/out && find . -type f | sort",
            gitopsctl(), dir, dir, dir);
    EXPECT_STR(names, "./c.yaml\n./v1_configmap_a/b.yaml\n./v1_configmap_a/keep\n");
    cleanup_free char *absent =
        run(&status, "rm -r %s/out/v1_configmap_a; %s render -o %s/out %s/k 2>&1", dir, gitopsctl(),
            dir, dir);
    EXPECT(status != 0);
    EXPECT_CONTAINS(absent, "v1_configmap_a/b.yaml: No such file or directory");
}
