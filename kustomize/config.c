/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/config.h"

#include "kustomize/crd.h"
#include "kustomize/fields.h"
#include "kustomize/order.h"
#include "kustomize/resource.h"
#include "lib/doc/yaml.h"

#define CONFIGURATION_MAX_BYTES (16u << 20)
/* A base with configurations is loaded and merged for each of its users: these are remembered. */
#define REMEMBERED_MAX 256

/* The lists of field specs, in the order in which kustomize merges them. */
static const struct {
    const char *name;
    size_t offset;
} lists[] = {
    {"namePrefix", offsetof(struct field_config, name_prefix)},
    {"nameSuffix", offsetof(struct field_config, name_suffix)},
    {"namespace", offsetof(struct field_config, namespace)},
    {"commonAnnotations", offsetof(struct field_config, common_annotations)},
    {"commonLabels", offsetof(struct field_config, common_labels)},
    {"labels", offsetof(struct field_config, labels)},
    {"templateLabels", offsetof(struct field_config, template_labels)},
    {"volumeClaimTemplateLabels", offsetof(struct field_config, volume_claim_template_labels)},
    {"varReference", offsetof(struct field_config, var_reference)},
    {"images", offsetof(struct field_config, images)},
    {"replicas", offsetof(struct field_config, replicas)},
};

static struct fieldspecs *list_at(struct field_config *c, size_t i)
{
    return (struct fieldspecs *)((char *)c + lists[i].offset);
}

static const struct fieldspecs *list_of(const struct field_config *c, size_t i)
{
    return (const struct fieldspecs *)((const char *)c + lists[i].offset);
}

/* ---- lifetime ---- */

static struct field_config *config_new(void)
{
    struct field_config *c = xcalloc(1, sizeof(*c));

    c->ref_count = 1;
    c->texts = json_array();
    return c;
}

static void config_free(struct field_config *c)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        free((void *)list_at(c, i)->items);
    for (size_t i = 0; i < c->reference_count; i++)
        free((void *)c->references[i].referrers.items);
    free((void *)c->references);
    json_decref(c->texts);
    field_config_unref(c->parts[0]);
    field_config_unref(c->parts[1]);
    free(c);
}

const struct field_config *field_config_ref(const struct field_config *c)
{
    if (c && c->ref_count)
        ((struct field_config *)c)->ref_count++;
    return c;
}

void field_config_unref(const struct field_config *c)
{
    struct field_config *own = (struct field_config *)c;

    if (own && own->ref_count && --own->ref_count == 0)
        config_free(own);
}

static void share_texts(struct field_config *c, const json_t *texts)
{
    size_t i;
    size_t k;
    json_t *text;
    json_t *known;

    json_array_foreach ((json_t *)texts, i, text) {
        bool is_known = false;

        json_array_foreach (c->texts, k, known)
            is_known = is_known || known == text;
        if (!is_known)
            json_array_append(c->texts, text);
    }
}

/* ---- order ---- */

struct gvk {
    const char *group;
    const char *version;
    const char *kind;
};

static struct gvk gvk_of(const struct fieldspec *fs)
{
    return (struct gvk){fs->group ? fs->group : "", fs->version ? fs->version : "",
                        fs->kind ? fs->kind : ""};
}

static struct gvk gvk_of_target(const struct name_reference *r)
{
    return (struct gvk){r->group ? r->group : "", r->version ? r->version : "",
                        r->kind ? r->kind : ""};
}

static bool gvk_equal(struct gvk a, struct gvk b)
{
    return streq(a.group, b.group) && streq(a.version, b.version) && streq(a.kind, b.kind);
}

/* As the texts "group_version_kind" compare, with kustomize's names for what is empty. */
static int gvk_compare_text(struct gvk a, struct gvk b)
{
    const char *pa[] = {*a.group ? a.group : "~G", "_", *a.version ? a.version : "~V", "_",
                        *a.kind ? a.kind : "~K"};
    const char *pb[] = {*b.group ? b.group : "~G", "_", *b.version ? b.version : "~V", "_",
                        *b.kind ? b.kind : "~K"};
    size_t i = 0;
    size_t k = 0;

    while (true) {
        while (i < ARRAY_LEN(pa) && !*pa[i])
            i++;
        while (k < ARRAY_LEN(pb) && !*pb[k])
            k++;
        if (i == ARRAY_LEN(pa) || k == ARRAY_LEN(pb))
            return (k == ARRAY_LEN(pb)) - (i == ARRAY_LEN(pa));
        if (*pa[i] != *pb[k])
            return (unsigned char)*pa[i] < (unsigned char)*pb[k] ? -1 : 1;
        pa[i]++;
        pb[k]++;
    }
}

static int gvk_compare(struct gvk a, struct gvk b)
{
    long ra = order_kind_rank(a.kind);
    long rb = order_kind_rank(b.kind);

    return ra != rb ? (ra < rb ? -1 : 1) : gvk_compare_text(a, b);
}

/* Lists are short and mostly sorted. */
static void sort_specs(struct fieldspec *items, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        struct fieldspec fs = items[i];
        size_t k = i;

        for (; k > 0 && gvk_compare(gvk_of(&fs), gvk_of(&items[k - 1])) < 0; k--)
            items[k] = items[k - 1];
        items[k] = fs;
    }
}

static void sort_references(struct name_reference *items, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        struct name_reference r = items[i];
        size_t k = i;

        for (; k > 0 && gvk_compare(gvk_of_target(&r), gvk_of_target(&items[k - 1])) < 0; k--)
            items[k] = items[k - 1];
        items[k] = r;
    }
}

/* ---- merging ---- */

/* A spec is there already when one for the same path goes for no other objects than it does. */
static bool is_covered(const struct fieldspec *have, const struct fieldspec *fs)
{
    struct gvk h = gvk_of(have);
    struct gvk f = gvk_of(fs);

    return streq(have->path, fs->path) && (!*f.group || streq(f.group, h.group)) &&
           (!*f.version || streq(f.version, h.version)) && (!*f.kind || streq(f.kind, h.kind));
}

static int merge_spec(struct fieldspecs *list, const struct fieldspec *fs, struct error **err)
{
    struct fieldspec *items = (struct fieldspec *)list->items;

    for (size_t i = 0; i < list->len; i++) {
        if (!is_covered(&items[i], fs))
            continue;
        if (items[i].create == fs->create)
            return 0;
        return error_set(err, ERROR_INVALID,
                         "conflicting fieldspecs: path %s of kind \"%s\" is given with create: "
                         "true and with create: false; use one of them",
                         fs->path, fs->kind ? fs->kind : "");
    }
    items = xrealloc(items, (list->len + 1) * sizeof(*items));
    items[list->len++] = *fs;
    list->items = items;
    return 0;
}

/* `out` becomes `a` and then what `b` adds. */
static int merge_specs(struct fieldspecs *out, const struct fieldspecs *a,
                       const struct fieldspecs *b, struct error **err)
{
    struct fieldspec *items = xmalloc((a->len + 1) * sizeof(*items));
    struct fieldspecs more = {xmalloc((b->len + 1) * sizeof(*items)), b->len};
    int rc = 0;

    if (a->len)
        memcpy(items, a->items, a->len * sizeof(*items));
    if (b->len)
        memcpy((void *)more.items, b->items, b->len * sizeof(*items));
    sort_specs(items, a->len);
    sort_specs((struct fieldspec *)more.items, more.len);
    *out = (struct fieldspecs){items, a->len};
    for (size_t i = 0; i < more.len && rc == 0; i++)
        rc = merge_spec(out, &more.items[i], err);
    sort_specs((struct fieldspec *)out->items, out->len);
    free((void *)more.items);
    return rc;
}

static int merge_reference(struct field_config *c, const struct name_reference *r,
                           struct error **err)
{
    struct name_reference *items = (struct name_reference *)c->references;
    struct name_reference *target = NULL;

    for (size_t i = 0; i < c->reference_count && !target; i++)
        if (gvk_equal(gvk_of_target(&items[i]), gvk_of_target(r)))
            target = &items[i];
    if (!target) {
        items = xrealloc(items, (c->reference_count + 1) * sizeof(*items));
        target = &items[c->reference_count++];
        *target = *r;
        target->referrers = (struct fieldspecs){
            xmalloc((r->referrers.len + 1) * sizeof(*r->referrers.items)), r->referrers.len};
        if (r->referrers.len)
            memcpy((void *)target->referrers.items, r->referrers.items,
                   r->referrers.len * sizeof(*r->referrers.items));
        c->references = items;
        return 0;
    }
    for (size_t i = 0; i < r->referrers.len; i++)
        if (merge_spec(&target->referrers, &r->referrers.items[i], err) < 0)
            return -1;
    return 0;
}

static int merge_references(struct field_config *c, const struct field_config *from,
                            struct error **err)
{
    struct name_reference *sorted = xmalloc((from->reference_count + 1) * sizeof(*sorted));
    int rc = 0;

    if (from->reference_count)
        memcpy(sorted, from->references, from->reference_count * sizeof(*sorted));
    sort_references(sorted, from->reference_count);
    for (size_t i = 0; i < from->reference_count && rc == 0; i++)
        rc = merge_reference(c, &sorted[i], err);
    free(sorted);
    sort_references((struct name_reference *)c->references, c->reference_count);
    return rc;
}

/* Did `c`, which began as `a`, get nothing new? */
static bool is_as_large(const struct field_config *c, const struct field_config *a)
{
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (list_of(c, i)->len != list_of(a, i)->len)
            return false;
    if (c->reference_count != a->reference_count)
        return false;
    for (size_t i = 0; i < c->reference_count; i++)
        if (c->references[i].referrers.len != a->references[i].referrers.len)
            return false;
    return true;
}

static int merge_lists(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err)
{
    static const struct field_config nothing;
    cleanup_field_config const struct field_config *merged = config_new();
    struct field_config *c = (struct field_config *)merged;
    const struct field_config *base = a ? a : &nothing;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (merge_specs(list_at(c, i), list_of(base, i), list_of(b, i), err) < 0)
            return error_wrap(err, "merge %s", lists[i].name);
    if (merge_references(c, base, err) < 0 || merge_references(c, b, err) < 0)
        return error_wrap(err, "merge nameReference");
    share_texts(c, base->texts);
    share_texts(c, b->texts);
    *out = a && is_as_large(c, a) ? field_config_ref(a) : TAKE(merged);
    return 0;
}

static int merge_one(const struct field_config *a, const struct field_config *b,
                     const struct field_config **out, struct error **err)
{
    if (b == field_config_default() && (!a || a == b)) {
        *out = b;
        return 0;
    }
    return merge_lists(a, b, out, err);
}

static int merge_parts(const struct field_config *a, const struct field_config *b,
                       const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *first = NULL;

    if (!b->parts[0])
        return merge_one(a, b, out, err);
    if (!b->parts[1])
        return merge_one(a, b->parts[0], out, err);
    if (merge_one(a, b->parts[0], &first, err) < 0)
        return -1;
    return merge_one(first, b->parts[1], out, err);
}

/* ---- what was done before ---- */

/* Holds what the key names by address, too. */
struct remembered {
    const struct field_config *a;
    const struct field_config *b;
    const struct field_config *result;
};

static void free_remembered(void *value)
{
    struct remembered *r = value;

    field_config_unref(r->a);
    field_config_unref(r->b);
    field_config_unref(r->result);
    free(r);
}

void field_configs_clear(struct map *configs)
{
    map_clear_with(configs, free_remembered);
}

static void remember(struct session *s, const char *key, const struct field_config *a,
                     const struct field_config *b, const struct field_config *result)
{
    struct remembered *r;

    if (s->configs.count >= REMEMBERED_MAX || map_has(&s->configs, key))
        return;
    r = xmalloc(sizeof(*r));
    *r = (struct remembered){field_config_ref(a), field_config_ref(b), field_config_ref(result)};
    map_set(&s->configs, key, r);
}

static bool recall(const struct session *s, const char *key, const struct field_config **out)
{
    const struct remembered *r = map_find(&s->configs, key);

    if (r)
        *out = field_config_ref(r->result);
    return r;
}

int field_config_merge(struct session *s, const struct field_config *a,
                       const struct field_config *b, const struct field_config **out,
                       struct error **err)
{
    cleanup_free char *key = NULL;

    if (b == field_config_default() && (!a || a == b))
        return merge_one(a, b, out, err);
    key = xasprintf("merge %p %p", (const void *)a, (const void *)b);
    if (recall(s, key, out))
        return 0;
    if (merge_parts(a, b, out, err) < 0)
        return -1;
    remember(s, key, a, b, *out);
    return 0;
}

/* ---- files ---- */

static void read_specs(const json_t *list, struct fieldspecs *out)
{
    struct fieldspec *items = xmalloc((json_array_size(list) + 1) * sizeof(*items));
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item)
        items[i] = (struct fieldspec){.group = json_string_at(item, "group"),
                                      .version = json_string_at(item, "version"),
                                      .kind = json_string_at(item, "kind"),
                                      .path = json_string_at(item, "path"),
                                      .create = json_is_true(json_object_get(item, "create"))};
    *out = (struct fieldspecs){items, json_array_size(list)};
}

static void read_references(const json_t *list, struct field_config *c)
{
    struct name_reference *items = xmalloc((json_array_size(list) + 1) * sizeof(*items));
    size_t i;
    json_t *item;

    json_array_foreach ((json_t *)list, i, item) {
        items[i] = (struct name_reference){.group = json_string_at(item, "group"),
                                           .version = json_string_at(item, "version"),
                                           .kind = json_string_at(item, "kind")};
        read_specs(json_object_get(item, "fieldSpecs"), &items[i].referrers);
    }
    c->references = items;
    c->reference_count = json_array_size(list);
}

/* Checked against transformer_config_fields. */
static const struct field_config *config_read(json_t *doc)
{
    struct field_config *c = config_new();

    json_array_append(c->texts, doc);
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        read_specs(json_object_get(doc, lists[i].name), list_at(c, i));
    read_references(json_object_get(doc, "nameReference"), c);
    return c;
}

typedef int parse_fn(const char *name, const char *text, size_t len, json_t **out,
                     struct error **err);

static int parse_configuration(const char *name, const char *text, size_t len, json_t **out,
                               struct error **err)
{
    cleanup_json json_t *docs = NULL;
    cleanup_json json_t *doc = NULL;
    cleanup_free char *culprit = NULL;

    if (yaml_parse(name, text, len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    doc = json_incref(json_array_get(docs, 0));
    if (!doc || json_is_null(doc)) {
        json_decref(doc);
        doc = json_object();
    }
    if (!json_is_object(doc))
        return error_set(err, ERROR_INVALID, "%s: a configuration is a map of lists", name);
    if (fields_check(doc, transformer_config_fields, "", &culprit, err) < 0)
        return error_wrap(err, "%s", name);
    *out = TAKE(doc);
    return 0;
}

static int add_file(const struct field_config **config, struct loader *l, const char *dir,
                    const char *path, parse_fn *parse, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(CONFIGURATION_MAX_BYTES);
    cleanup_json json_t *doc = NULL;
    cleanup_field_config const struct field_config *more = NULL;
    const struct field_config *merged;

    if (loader_read(l, dir, path, &text, err) < 0 ||
        parse(path, text.data, text.len, &doc, err) < 0)
        return -1;
    more = config_read(doc);
    if (merge_lists(*config, more, &merged, err) < 0)
        return error_wrap(err, "%s", path);
    field_config_unref(*config);
    *config = merged;
    return 0;
}

/* *out stays NULL where no files are named. */
static int load_files(struct loader *l, const char *dir, const json_t *paths, parse_fn *parse,
                      const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *config = NULL;
    size_t i;
    json_t *path;

    json_array_foreach ((json_t *)paths, i, path)
        if (add_file(&config, l, dir, json_string_value(path), parse, err) < 0)
            return -1;
    *out = TAKE(config);
    return 0;
}

/* The parts are kept: merging one after the other is not the same as merging what they make
 * together. */
static int config_join(const struct field_config *own, const struct field_config *crds,
                       const struct field_config **out, struct error **err)
{
    const struct field_config *parts = &(struct field_config){.parts = {own, crds}};
    struct field_config *joined;
    const struct field_config *merged;

    if (merge_parts(NULL, parts, &merged, err) < 0)
        return -1;
    if (merged == field_config_default()) { /* the definitions mark nothing */
        *out = merged;
        return 0;
    }
    joined = (struct field_config *)merged;
    joined->parts[0] = field_config_ref(own);
    joined->parts[1] = field_config_ref(crds);
    *out = joined;
    return 0;
}

static int load(struct loader *l, const char *dir, const json_t *configurations, const json_t *crds,
                const struct field_config **out, struct error **err)
{
    cleanup_field_config const struct field_config *files = NULL;
    cleanup_field_config const struct field_config *own = NULL;
    cleanup_field_config const struct field_config *marks = NULL;

    if (load_files(l, dir, configurations, parse_configuration, &files, err) < 0)
        return error_wrap(err, "configurations");
    if (!files)
        own = field_config_default();
    else if (merge_lists(field_config_default(), files, &own, err) < 0)
        return error_wrap(err, "configurations");
    if (load_files(l, dir, crds, crd_parse, &marks, err) < 0)
        return error_wrap(err, "crds");
    if (!files && !marks) {
        *out = TAKE(own);
        return 0;
    }
    return config_join(own, marks, out, err);
}

int field_config_load(struct loader *l, const char *dir, const json_t *configurations,
                      const json_t *crds, const struct field_config **out, struct error **err)
{
    cleanup_free char *key = NULL;

    if (!configurations && !crds) {
        *out = field_config_default();
        return 0;
    }
    key = xasprintf("load %p %s", (const void *)l, dir);
    if (recall(l->session, key, out))
        return 0;
    if (load(l, dir, configurations, crds, out, err) < 0)
        return -1;
    remember(l->session, key, NULL, NULL, *out);
    return 0;
}
