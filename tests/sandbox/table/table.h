/* SPDX-License-Identifier: Apache-2.0 */
/* table: objects as kubectl get prints them (meta.k8s.io/v1 Table), and as their metadata alone.
 * Everything takes its document and returns a new one. */
#ifndef GITOPSD_TESTS_SANDBOX_TABLE_TABLE_H
#define GITOPSD_TESTS_SANDBOX_TABLE_TABLE_H

#include "tests/sandbox/kinds.h"

/* What stands beside the cells of a row. */
enum table_rows { TABLE_METADATA, TABLE_OBJECT };

json_t *table_of_object(const struct kind *kind, json_t *object, enum table_rows with);
json_t *table_of_list(const struct kind *kind, json_t *list, enum table_rows with);
json_t *table_metadata(json_t *object);
json_t *table_metadata_list(json_t *list);

#endif
