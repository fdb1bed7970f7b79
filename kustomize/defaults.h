/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defaults: the field specs that kustomize v5.8 has built in, as static data.
 */
#ifndef GITOPSD_KUSTOMIZE_DEFAULTS_H
#define GITOPSD_KUSTOMIZE_DEFAULTS_H

#include "kustomize/fieldspec.h"

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

    /* Of those that config.c makes. */
    size_t ref_count;                    /* 0: static */
    json_t *texts;                       /* an array: owns the strings of the specs */
    const struct field_config *parts[2]; /* with crds: merged into another one in its place */
};

const struct field_config *field_config_default(void);

#endif
