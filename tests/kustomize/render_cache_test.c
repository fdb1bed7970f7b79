/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A render is reused when what it read is the same (lib/tree/record.h). Random repositories are
 * edited at random, and after each edit:
 * - where the record of an earlier build holds, a fresh build gives the same objects or error;
 * - where a fresh build reads the same, the record holds;
 * - a build that shares parsed files with others gives and records the same as one alone;
 * - the files on disk build to the same as the commit.
 * EDITS and SEED in the environment make it longer, or another one.
 */
#include "kustomize/build.h"
#include "lib/base/map.h"
#include "lib/doc/yaml.h"
#include "lib/git/git.h"
#include "lib/tree/record.h"
#include "lib/tree/tree_resolve.h"
#include "tests/test.h"

#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_EDITS 2000
#define DEFAULT_SEED 1
#define DISK_EVERY 50 /* edits: writing all files is slow */

/* ---- chance ---- */

static uint64_t chance;

static unsigned below(unsigned n)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)((chance >> 11) % n);
}

#define PICK(list) ((list)[below(ARRAY_LEN(list))])

static unsigned long setting(const char *name, unsigned long otherwise)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, 10) : otherwise;
}

/* ---- a repository: paths with files and links, whose directories follow from them ---- */

struct entry {
    bool is_link;
    char *text; /* or the link's target */
    git_oid blob;
    bool is_written;
};

static void entry_free(void *value)
{
    struct entry *e = value;

    free(e->text);
    free(e);
}

struct files {
    struct map entries; /* path -> struct entry */
};

static void files_remove(struct files *f, const char *path)
{
    struct map_entry *e;
    size_t it = 0;
    size_t len = strlen(path);

    while ((e = map_next(&f->entries, &it)))
        if (strncmp(e->key, path, len) == 0 && (e->key[len] == '\0' || e->key[len] == '/')) {
            struct entry *gone = e->value;

            map_remove(&f->entries, e->key);
            entry_free(gone);
        }
}

/* What lay at or below the path, or was a file above it, goes. */
static void files_set(struct files *f, const char *path, bool is_link, char *text)
{
    struct entry *e = xcalloc(1, sizeof(*e));

    files_remove(f, path);
    for (cleanup_free char *dir = path_dir(path); *dir;) {
        char *up = path_dir(dir);

        if (map_has(&f->entries, dir))
            files_remove(f, dir);
        free(dir);
        dir = up;
    }
    *e = (struct entry){.is_link = is_link, .text = text};
    map_set(&f->entries, path, e);
}

/* ---- what is written into it ---- */

static const char *const dirs[] = {"base", "base/deep", "other", "mid", "part", "part/deep"};
static const char *const targets[] = {"top", "top/inner", "second", "third"};
static const char *const kustomizations[] = {"kustomization.yaml", "kustomization.yaml",
                                             "kustomization.yaml", "kustomization.yml",
                                             "Kustomization"};
static const char *const names[] = {"a.yaml", "b.yaml", "c.yaml", "d.env", "README"};

static const char *any_dir(void)
{
    return below(2) ? PICK(dirs) : PICK(targets);
}

static char *manifest(void)
{
    static const char *const kinds[] = {"ConfigMap", "Secret", "Service"};
    char name = (char)('a' + below(6));

    switch (below(12)) {
    case 0: return xstrdup("resources: [\n");
    case 1: return xstrdup("key: value\n");
    case 2: return xstrdup("");
    default:
        return xasprintf("apiVersion: v1\nkind: %s\nmetadata: {name: %c}\ndata: {key: v%u}\n",
                         PICK(kinds), name, below(9));
    }
}

static char *relative(void)
{
    switch (below(8)) {
    case 0: return xasprintf("../%s/%s", any_dir(), PICK(names));
    case 1: return xasprintf("../../%s/%s", any_dir(), PICK(names));
    case 2: return xasprintf("deep/%s", PICK(names));
    case 3: return xasprintf("link/%s", PICK(names));
    case 4: return xstrdup("link");
    default: return xstrdup(PICK(names));
    }
}

static char *directory(void)
{
    switch (below(6)) {
    case 0: return xasprintf("../../%s", any_dir());
    case 1: return xstrdup("link");
    case 2: return xstrdup("deep");
    default: return xasprintf("../%s", any_dir());
    }
}

static char *kustomization(void)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    unsigned fields = 1 + below(3);

    if (below(5) == 0)
        buf_puts(&out, "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");
    if (below(30) == 0)
        buf_puts(&out, "noSuchField: 1\n");
    buf_puts(&out, "resources:\n");
    for (unsigned i = 0; i < fields; i++) {
        cleanup_free char *path = below(2) ? relative() : directory();

        buf_printf(&out, "- %s\n", path);
    }
    for (unsigned i = below(3); i > 0; i--) {
        cleanup_free char *path = relative();
        cleanup_free char *dir = directory();
        unsigned n = below(9);

        switch (below(12)) {
        case 0: buf_printf(&out, "components: [%s]\n", dir); return buf_take(&out);
        case 1: buf_printf(&out, "namePrefix: p%u-\n", n); return buf_take(&out);
        case 2:
            buf_printf(&out, "configMapGenerator: [{name: g%u, files: [%s, k=%s]}]\n", n, path,
                       PICK(names));
            return buf_take(&out);
        case 3:
            buf_printf(&out, "secretGenerator: [{name: g%u, envs: [d.env]}]\n", n);
            return buf_take(&out);
        case 4: buf_printf(&out, "patches: [{path: %s}]\n", path); return buf_take(&out);
        case 5:
            buf_printf(&out, "patches: [{path: %s, target: {kind: ConfigMap}}]\n", path);
            return buf_take(&out);
        case 6: buf_printf(&out, "replacements: [{path: %s}]\n", path); return buf_take(&out);
        case 7: buf_printf(&out, "configurations: [%s]\n", path); return buf_take(&out);
        case 8: buf_printf(&out, "crds: [%s]\n", path); return buf_take(&out);
        case 9: buf_printf(&out, "transformers: [%s]\n", path); return buf_take(&out);
        case 10: buf_printf(&out, "generators: [%s]\n", dir); return buf_take(&out);
        default: buf_printf(&out, "patchesStrategicMerge: [%s]\n", path); return buf_take(&out);
        }
    }
    return buf_take(&out);
}

static char *link_target(void)
{
    switch (below(7)) {
    case 0: return xstrdup("/etc/passwd");
    case 1: return xstrdup("../../../outside");
    case 2: return xstrdup("link");
    case 3: return xasprintf("../%s", any_dir());
    case 4: return xasprintf("../%s/%s", any_dir(), PICK(names));
    case 5: return xasprintf("deep/../%s", PICK(names));
    default: return xstrdup(PICK(names));
    }
}

static void remove_kustomizations(struct files *f, const char *dir)
{
    for (size_t i = 0; i < ARRAY_LEN(kustomizations); i++) {
        cleanup_free char *path = xasprintf("%s/%s", dir, kustomizations[i]);

        files_remove(f, path);
    }
}

/* A directory that builds, most of the time. */
static void write_sound(struct files *f, const char *dir)
{
    cleanup_free char *path = xasprintf("%s/kustomization.yaml", dir);
    cleanup_free char *file = xasprintf("%s/%s", dir, PICK(names));
    char name = (char)('a' + below(26));

    remove_kustomizations(f, dir);
    files_set(f, path, false,
              xasprintf("namePrefix: %c-\nresources: [%s]\n%s", name, path_base(file),
                        below(4) ? "" : "configMapGenerator: [{name: made, literals: [a=b]}]\n"));
    files_set(
        f, file, false,
        xasprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %c%u}\n", name, below(99)));
}

/* What an overlay does to its base; all of it builds. */
static void write_overlay(struct files *f, const char *dir)
{
    cleanup_free char *path = xasprintf("%s/kustomization.yaml", dir);
    cleanup_free char *file = xasprintf("%s/%s", dir, PICK(names));
    cleanup_free char *link = xasprintf("%s/link", dir);
    const char *up = strchr(dir, '/') ? "../.." : "..";
    const char *base = PICK(dirs);
    cleanup_buf struct buf out = BUF_UNLIMITED;

    write_sound(f, base);
    remove_kustomizations(f, dir);
    buf_printf(&out, "nameSuffix: -s%u\nresources:\n", below(99));
    if (below(3)) {
        buf_printf(&out, "- %s/%s\n", up, base);
    } else {
        buf_puts(&out, "- link\n");
        files_set(f, link, true, xasprintf("%s/%s", up, base));
    }
    switch (below(5)) {
    case 0:
        buf_printf(&out, "configMapGenerator: [{name: made, files: [%s]}]\n", path_base(file));
        files_set(f, file, false, xasprintf("text %u\n", below(9)));
        break;
    case 1:
        buf_printf(&out, "patches: [{path: %s, target: {kind: ConfigMap}}]\n", path_base(file));
        files_set(f, file, false,
                  xasprintf("[{op: add, path: /metadata/labels, value: {l: v%u}}]\n", below(9)));
        break;
    case 2: {
        cleanup_free char *part = xstrdup("part/deep/kustomization.yaml");

        remove_kustomizations(f, "part/deep");
        files_set(f, part, false,
                  xasprintf("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
                            "commonLabels: {part: v%u}\n",
                            below(9)));
        buf_printf(&out, "components: [%s/part/deep]\n", up);
        break;
    }
    default: break;
    }
    files_set(f, path, false, buf_take(&out));
}

static void edit(struct files *f)
{
    const char *dir = any_dir();
    cleanup_free char *file = xasprintf("%s/%s", dir, PICK(names));
    cleanup_free char *other = xasprintf("%s/%s", dir, PICK(kustomizations));
    cleanup_free char *link = xasprintf("%s/link", dir);

    switch (below(16)) {
    case 0: files_set(f, other, false, kustomization()); break;
    case 1: files_remove(f, other); break;
    case 2:
    case 3: files_set(f, file, false, manifest()); break;
    case 4: files_remove(f, file); break;
    case 5: files_set(f, link, true, link_target()); break;
    case 6: files_set(f, file, true, link_target()); break;
    case 7: files_remove(f, below(2) ? link : dir); break;
    case 8: files_set(f, dir, below(2), xstrdup("base")); break;
    case 9:
    case 10: files_set(f, "unrelated/file", false, xasprintf("%u", below(1000))); break;
    case 11:
    case 12: write_sound(f, PICK(dirs)); break;
    default: write_overlay(f, PICK(targets)); break;
    }
}

/* ---- the same as a commit and on disk ---- */

static void git_ok(int code)
{
    if (code < 0)
        fail_msg("libgit2: %s", git_error_last() ? git_error_last()->message : "?");
}

static void commit_files(git_repository *repo, const struct files *f, char oid[GIT_OID_HEX_BYTES])
{
    git_index *index = NULL;
    git_signature *who = NULL;
    git_tree *tree = NULL;
    git_oid id;
    struct map_entry *e;
    size_t it = 0;

    git_ok(git_index_new(&index));
    while ((e = map_next(&f->entries, &it))) {
        struct entry *file = e->value;
        git_index_entry item = {.path = e->key,
                                .mode = file->is_link ? GIT_FILEMODE_LINK : GIT_FILEMODE_BLOB};

        if (!file->is_written)
            git_ok(git_blob_create_from_buffer(&file->blob, repo, file->text, strlen(file->text)));
        file->is_written = true;
        item.id = file->blob;
        git_ok(git_index_add(index, &item));
    }
    git_ok(git_index_write_tree_to(&id, index, repo));
    git_ok(git_tree_lookup(&tree, repo, &id));
    git_ok(git_signature_new(&who, "Test", "test@example.com", 1, 0));
    git_ok(git_commit_create(&id, repo, NULL, who, who, NULL, "edit", tree, 0, NULL));
    git_oid_tostr(oid, GIT_OID_HEX_BYTES, &id);
    git_signature_free(who);
    git_tree_free(tree);
    git_index_free(index);
}

static char *write_to_disk(const struct files *f)
{
    static unsigned number;
    char *root = xasprintf("%s/disk%u", test_tmpdir(), number++);
    struct map_entry *e;
    size_t it = 0;

    mkdir(root, 0700);
    while ((e = map_next(&f->entries, &it))) {
        const struct entry *file = e->value;
        cleanup_free char *path = xasprintf("%s/%s", root, e->key);

        test_write_file(root, e->key, file->text);
        if (!file->is_link)
            continue;
        EXPECT_INT(unlink(path), 0);
        EXPECT_INT(symlink(*file->text ? file->text : "empty", path), 0);
    }
    return root;
}

/* ---- a tree that tells what was read from it ---- */

struct traced {
    struct file_tree *inner; /* borrowed */
    struct buf trace;
};

static int traced_lookup(void *self, const char *path, enum tree_kind *kind, bool *is_link,
                         char id[65], struct error **err)
{
    struct traced *t = self;
    int result = t->inner->ops->lookup(t->inner->self, path, kind, is_link, id, err);

    buf_printf(&t->trace, "%s is %d %d\n", path, result < 0 ? -1 : (int)*kind,
               result == 0 && *is_link);
    return result;
}

static int traced_readlink(void *self, const char *path, struct buf *target, struct error **err)
{
    struct traced *t = self;
    int result = t->inner->ops->readlink(t->inner->self, path, target, err);

    buf_printf(&t->trace, "%s -> %s\n", path, target->data);
    return result;
}

static int traced_read(void *self, const char *path, struct buf *out, struct error **err)
{
    struct traced *t = self;
    size_t before = out->len;
    int result = t->inner->ops->read(t->inner->self, path, out, err);

    buf_printf(&t->trace, "%s holds %s\n", path, out->data + before);
    return result;
}

static int traced_list(void *self, const char *path, struct strvec *list, struct error **err)
{
    (void)self;
    (void)list;
    return error_set(err, ERROR_INTERNAL, "%s: a kustomization lists no directories", path);
}

static void traced_free(void *self)
{
    (void)self;
}

static const struct tree_ops traced_ops = {.lookup = traced_lookup,
                                           .readlink = traced_readlink,
                                           .read = traced_read,
                                           .list = traced_list,
                                           .free = traced_free};

/* ---- building ---- */

/* The output, or the error. Heap string. */
static char *build(struct file_tree *tree, const char *path, struct kustomize_cache *cache,
                   bool *failed)
{
    struct kustomize_options options = {.cache = cache};
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *objects = NULL;

    *failed = kustomize_build(tree, path, &options, &objects, &err) < 0 ||
              yaml_print_all(objects, &out, &err) < 0;
    if (*failed)
        return xasprintf("error %d: %s", (int)error_kind(err), error_message(err));
    return buf_take(&out);
}

/* What is known of one directory since it was last built afresh. */
struct known {
    struct tree_record *record;
    char *result;
    char *trace;
    bool failed;
};

static void known_clear(struct known *k)
{
    tree_record_free(k->record);
    free(k->result);
    free(k->trace);
    *k = (struct known){0};
}

struct tally {
    unsigned reused, fresh, failed;
};

static void same_text(const char *what, const char *path, const char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        fail_msg("%s, %s:\n%s\nbut fresh:\n%s", path, what, got, want);
}

static void check_target(struct file_tree *tree, struct kustomize_cache *shared, const char *path,
                         struct known *k, struct tally *tally)
{
    struct traced traced = {.inner = tree, .trace = BUF_UNLIMITED};
    cleanup_file_tree struct file_tree *watched = tree_new(&traced_ops, &traced);
    struct known now = {.record = tree_record_new()};
    bool holds = k->record && tree_record_holds(k->record, tree);
    cleanup_free char *beside = NULL;
    bool beside_failed;

    now.result = build(watched, path, NULL, &now.failed);
    now.trace = buf_take(&traced.trace);
    tree_record_start(tree, now.record);
    beside = build(tree, path, shared, &beside_failed);
    tree_record_stop(tree);
    same_text("with shared files", path, beside, now.result);
    if (holds)
        same_text("reused", path, k->result, now.result);
    if (k->record && !k->failed && !holds && strcmp(k->trace, now.trace) == 0)
        fail_msg("%s is not reused although it would read the same:\n%s", path, now.trace);
    tally->reused += holds;
    tally->fresh += !holds;
    tally->failed += now.failed;
    if (holds && below(2)) { /* as the daemon: what was rendered some commits ago may hold again */
        known_clear(&now);
        return;
    }
    known_clear(k);
    *k = now;
}

static void check_disk(const struct files *f, const struct known *known)
{
    cleanup_free char *root = write_to_disk(f);
    cleanup_error struct error *err = NULL;
    cleanup_file_tree struct file_tree *tree = NULL;
    struct kustomize_cache *shared = kustomize_cache_new();

    EXPECT_OK(tree_open_dir(root, &tree, &err));
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        bool failed;
        cleanup_free char *result = build(tree, targets[i], shared, &failed);

        same_text("on disk", targets[i], result, known[i].result);
    }
    kustomize_cache_free(shared);
}

TEST(a_build_is_reused_exactly_while_it_would_read_the_same)
{
    unsigned long edits = setting("EDITS", DEFAULT_EDITS);
    cleanup_free char *dir = xasprintf("%s/repo", test_tmpdir());
    cleanup_git_repository struct git_repository_handle *repo = NULL;
    cleanup_error struct error *err = NULL;
    git_repository *made = NULL;
    struct known known[ARRAY_LEN(targets)] = {{0}};
    struct files files = {0};
    struct tally tally = {0};

    chance = setting("SEED", DEFAULT_SEED) * 0x9E3779B97F4A7C15u;
    git_libgit2_init();
    git_ok(git_repository_init(&made, dir, true));
    EXPECT_OK(git_open(dir, &repo, &err));
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        write_overlay(&files, targets[i]);
    for (unsigned long n = 0; n < edits; n++) {
        struct kustomize_cache *shared = kustomize_cache_new();
        cleanup_file_tree struct file_tree *tree = NULL;
        char oid[GIT_OID_HEX_BYTES];

        commit_files(made, &files, oid);
        EXPECT_OK(git_tree_open(repo, oid, &tree, &err));
        for (size_t i = 0; i < ARRAY_LEN(targets); i++)
            check_target(tree, shared, targets[i], &known[i], &tally);
        if (n % DISK_EVERY == 0)
            check_disk(&files, known);
        kustomize_cache_free(shared);
        for (unsigned i = 1 + below(2); i > 0; i--)
            edit(&files);
        for (size_t i = 0; i < ARRAY_LEN(targets); i++)
            if (known[i].failed && below(4) == 0)
                write_overlay(&files, targets[i]);
    }
    print_message("%u reused, %u fresh, %u of all failed\n", tally.reused, tally.fresh,
                  tally.failed);
    EXPECT(edits < 100 || (tally.reused > edits / 4 && tally.fresh > edits / 4));
    EXPECT(edits < 100 || tally.failed < edits * 3);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        known_clear(&known[i]);
    map_clear_with(&files.entries, entry_free);
    git_repository_free(made);
    git_libgit2_shutdown();
}
