/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field_config: field specs together, as a layer works with them; and what a build remembers of
 * those that it made.
 * Memory: configurations are immutable and counted, by one build on one thread; the built-in one
 * (defaults.h) is static.
 */
#ifndef GITOPSD_KUSTOMIZE_FIELD_CONFIG_H
#define GITOPSD_KUSTOMIZE_FIELD_CONFIG_H

#include "kustomize/fieldspec.h"
#include "lib/base/map.h"

/* Objects of the kind on the left are named in fields of the kinds in `referrers`. */
struct name_reference {
    const char *group;
    const char *version;
    const char *kind;
    struct fieldspecs referrers;
};

struct field_config {
    struct fieldspecs name_prefix;
    struct fieldspecs name_suffix;
    struct fieldspecs namespace;
    struct fieldspecs common_labels;
    struct fieldspecs labels;
    struct fieldspecs template_labels;
    struct fieldspecs volume_claim_template_labels;
    struct fieldspecs common_annotations;
    struct fieldspecs var_reference;
    struct fieldspecs images;
    struct fieldspecs replicas;
    const struct name_reference *references;
    size_t reference_count;

    /* Of those that a build makes. */
    size_t ref_count;                    /* 0: static */
    json_t *texts;                       /* an array: owns the strings of the specs */
    const struct field_config *parts[2]; /* with crds: merged into another one in its place */
};

#define CONFIG_LIST_COUNT 11

struct config_list {
    const char *name; /* as files of `configurations` call it */
    size_t offset;
};

/* In the order in which kustomize merges them. */
extern const struct config_list config_lists[CONFIG_LIST_COUNT];

struct fieldspecs *config_list(struct field_config *c, size_t i);

/* Empty, with one reference. */
struct field_config *field_config_new(void);
const struct field_config *field_config_ref(const struct field_config *c);
void field_config_unref(const struct field_config *c);

static inline void cleanup_field_config_fn(const struct field_config **p)
{
    field_config_unref(*p);
}
#define cleanup_field_config __attribute__((cleanup(cleanup_field_config_fn)))

/* What a build loaded or merged before, by a key of the caller's. `a` and `b` (may be NULL) are
 * kept with it: the key may hold their addresses. Does nothing where there are many, or it is
 * known. */
void field_configs_remember(struct map *configs, const char *key, const struct field_config *a,
                            const struct field_config *b, const struct field_config *result);
/* A new reference, or false. */
bool field_configs_recall(const struct map *configs, const char *key,
                          const struct field_config **out);
void field_configs_clear(struct map *configs);

#endif
