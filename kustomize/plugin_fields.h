/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin_fields: the configuration of a built-in plugin, read as kustomize reads it: more freely
 * than a kustomization file. Fields that the plugin does not know are passed over, and numbers and
 * booleans become text where text is wanted.
 */
#ifndef GITOPSD_KUSTOMIZE_PLUGIN_FIELDS_H
#define GITOPSD_KUSTOMIZE_PLUGIN_FIELDS_H

#include "kustomize/fields.h"
#include "kustomize/fieldspec.h"
#include "kustomize/resmap.h"
#include "lib/doc/yaml.h"

/* A new object of those fields of `config` that `fields` lists, under their names there. Null
 * fields are left out. ERROR_INVALID names the path of a value that cannot be read. */
int plugin_fields_read(const json_t *config, const struct field *fields, json_t **out,
                       struct error **err);
/* The same for a plugin that has fieldSpecs: they are appended to `specs`, whose strings are
 * borrowed from *out. */
int plugin_fields_read_specs(const json_t *config, const struct field *fields, json_t **out,
                             struct fieldspec_list *specs, struct error **err);

/* Sets what `item` says in all resources, at the places that the specs name. */
typedef int plugin_set_fn(struct resmap *m, const struct fieldspecs *specs, const json_t *item,
                          struct error **err);
/* A plugin that sets one thing, its field `name`, at the places of its fieldSpecs. */
int plugin_set(struct resmap *m, const json_t *config, const struct field *fields, const char *name,
               plugin_set_fn *set, struct error **err);

#endif
