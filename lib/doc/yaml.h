/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml: YAML text to documents and back.
 *
 * Reading: libyaml's events become json_t values. Anchors and merge keys are resolved, duplicate
 * keys refused, alias expansion and depth bounded (ERROR_TOO_LARGE). Each error starts with
 * "NAME:LINE:COLUMN: ".
 *
 * Numbers: integers within int64 are exact. Larger ones, up to uint64, which Go keeps exact, become
 * reals here and lose digits past the 17th (spelling.h keeps them). A whole real below 2^63 becomes
 * an integer, as on Go's way through JSON. Infinity and .nan are refused, and so is NUL in strings.
 * Keys that are no strings: YAML_KUSTOMIZE keeps the text as written (kustomize itself does so at
 * the top of an object, and fails below it); YAML_KUBECTL prints the value. A null key is refused.
 *
 * Writing: byte for byte what `kubectl kustomize` (sigs.k8s.io/yaml, a fork of go-yaml) prints for
 * the same object: sorted keys, its quoting and block-scalar rules, lines folded at 80 columns.
 * What becomes of strange characters before (reread.h) is the caller's.
 */
#ifndef GITOPSD_LIB_DOC_YAML_H
#define GITOPSD_LIB_DOC_YAML_H

#include "lib/base/buf.h"

#include <jansson.h>

/* How plain scalars resolve (design: "One document type"). */
enum yaml_dialect {
    YAML_KUSTOMIZE, /* YAML 1.2-like: `yes` is a string, 0777 is 511, a date becomes a timestamp */
    YAML_KUBECTL,   /* YAML 1.1 as kubectl and Argo CD read manifests: `yes` is true */
};

/*
 * Parse a stream of documents into a JSON array, one element each. Empty documents (nothing, or
 * only comments) are left out; an explicit `null` document is json_null.
 * `name` stands in front of error messages. JSON is YAML here, too.
 */
int yaml_parse(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
               json_t **out, struct error **err);

/* The same, but the last value of a repeated key wins: kustomize reads kustomization files so. */
int yaml_parse_last_wins(const char *name, const char *text, size_t len, enum yaml_dialect dialect,
                         json_t **out, struct error **err);

/* Append one document, ending in a newline. ERROR_TOO_LARGE past the limit of `out`. */
int yaml_print(const json_t *doc, struct buf *out, struct error **err);

/* Append an array of documents with "---\n" between them, as `kubectl kustomize` does. */
int yaml_print_all(const json_t *docs, struct buf *out, struct error **err);

/* The same for what spelled_resolve_exact() left (spelling.h). */
int yaml_print_spelled(const json_t *doc, struct buf *out, struct error **err);
int yaml_print_all_spelled(const json_t *docs, struct buf *out, struct error **err);

static inline void cleanup_json_fn(json_t **p)
{
    json_decref(*p);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_fn)))

#endif
