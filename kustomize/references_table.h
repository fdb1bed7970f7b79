/* SPDX-License-Identifier: Apache-2.0 */
/*
 * references_table: which fields name objects of which kind, as kustomize v5.8 has it built in.
 */
#ifndef GITOPSD_KUSTOMIZE_REFERENCES_TABLE_H
#define GITOPSD_KUSTOMIZE_REFERENCES_TABLE_H

#include "kustomize/field_config.h"

#define DEFAULT_REFERENCE_COUNT 16

/* In the order in which kustomize goes through them. */
extern const struct name_reference default_references[DEFAULT_REFERENCE_COUNT];

#endif
