/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/table/table.h"

#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

static bool is_column_of(const struct column *column, const struct kind *kind)
{
    return !kind_is_custom(kind) && streq(column->kind, kind->kind);
}

/* Kinds without columns of their own. */
static bool has_columns(const struct kind *kind)
{
    for (size_t i = 0; i < table_columns_len; i++)
        if (is_column_of(&table_columns[i], kind))
            return true;
    return json_object_get(kind->definition, "additionalPrinterColumns") != NULL;
}

/* Its name is the last of its columns, and no column before them. */
static bool names_itself(const struct kind *kind)
{
    return !kind_is_custom(kind) && streq(kind->kind, "Event");
}

static json_t *column_definition(const char *name, const char *type, const char *format,
                                 json_int_t priority)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I}", "name", name, "type", type, "format", format,
                     "description", "", "priority", priority);
}

static json_t *definitions_of(const struct kind *kind)
{
    json_t *definitions = json_array();
    const json_t *printed = json_object_get(kind->definition, "additionalPrinterColumns");
    size_t i;
    json_t *column;

    if (!names_itself(kind))
        json_array_append_new(definitions, column_definition("Name", "string", "name", 0));
    json_array_foreach ((json_t *)printed, i, column) {
        json_array_append_new(definitions, column_definition(cell_text(column, ".name"),
                                                             cell_text(column, ".type"), "",
                                                             cell_number(column, ".priority")));
    }
    for (i = 0; i < table_columns_len; i++) {
        const struct column *own = &table_columns[i];

        if (is_column_of(own, kind))
            json_array_append_new(definitions,
                                  column_definition(own->name, own->type ? own->type : "string",
                                                    streq(own->name, "Name") ? "name" : "",
                                                    own->priority));
    }
    if (!has_columns(kind))
        json_array_append_new(definitions, column_definition("Age", "date", "", 0));
    return definitions;
}

static json_t *printed_cell(const json_t *column, const json_t *object)
{
    const json_t *value = place_at(object, cell_text(column, ".jsonPath"));

    if (!value)
        return json_null();
    if (streq(cell_text(column, ".type"), "date"))
        return cell_age(json_string_value(value));
    return json_incref((json_t *)value);
}

static json_t *column_cell(const struct column *column, const json_t *object)
{
    const json_t *value;

    if (column->cell)
        return column->cell(object);
    value = place_at(object, column->path);
    if (value)
        return json_incref((json_t *)value);
    return column->absent ? json_string(column->absent) : json_integer(0);
}

static json_t *name_cell(const struct kind *kind, const json_t *object)
{
    const char *name = cell_text(object, ".metadata.name");
    const char *is_default =
        streq(kind->kind, "StorageClass")
            ? cell_text(object,
                        ".metadata.annotations.storageclass\\.kubernetes\\.io/is-default-class")
            : "";

    return json_sprintf("%s%s", name, streq(is_default, "true") ? " (default)" : "");
}

/* Takes `object`. */
static json_t *row_of(const struct kind *kind, json_t *object, enum table_rows with)
{
    json_t *cells = json_array();
    const json_t *printed = json_object_get(kind->definition, "additionalPrinterColumns");
    size_t i;
    json_t *column;

    if (!names_itself(kind))
        json_array_append_new(cells, name_cell(kind, object));
    json_array_foreach ((json_t *)printed, i, column) {
        json_array_append_new(cells, printed_cell(column, object));
    }
    for (i = 0; i < table_columns_len; i++)
        if (is_column_of(&table_columns[i], kind))
            json_array_append_new(cells, column_cell(&table_columns[i], object));
    if (!has_columns(kind))
        json_array_append_new(cells, cell_age(cell_text(object, ".metadata.creationTimestamp")));
    return json_pack("{s:o, s:o}", "cells", cells, "object",
                     with == TABLE_OBJECT ? object : table_metadata(object));
}

static json_t *table_new(const struct kind *kind, const json_t *meta, json_t *rows)
{
    json_t *shown = json_object();

    json_object_set(shown, "resourceVersion", json_object_get(meta, "resourceVersion"));
    json_object_set(shown, "continue", json_object_get(meta, "continue"));
    json_object_set(shown, "remainingItemCount", json_object_get(meta, "remainingItemCount"));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", "Table", "apiVersion", "meta.k8s.io/v1",
                     "metadata", shown, "columnDefinitions", definitions_of(kind), "rows", rows);
}

json_t *table_of_object(const struct kind *kind, json_t *object, enum table_rows with)
{
    cleanup_json json_t *mine = object;

    return table_new(kind, json_object_get(mine, "metadata"),
                     json_pack("[o]", row_of(kind, json_incref(mine), with)));
}

json_t *table_of_list(const struct kind *kind, json_t *list, enum table_rows with)
{
    cleanup_json json_t *mine = list;
    json_t *rows = json_array(), *object;
    size_t i;

    json_array_foreach (json_object_get(mine, "items"), i, object) {
        json_array_append_new(rows, row_of(kind, json_incref(object), with));
    }
    return table_new(kind, json_object_get(mine, "metadata"), rows);
}

json_t *table_metadata(json_t *object)
{
    cleanup_json json_t *mine = object;

    return json_pack("{s:s, s:s, s:O}", "kind", "PartialObjectMetadata", "apiVersion",
                     "meta.k8s.io/v1", "metadata", json_object_get(mine, "metadata"));
}

json_t *table_metadata_list(json_t *list)
{
    cleanup_json json_t *mine = list;
    json_t *items = json_array(), *object;
    size_t i;

    json_array_foreach (json_object_get(mine, "items"), i, object) {
        json_array_append_new(items, table_metadata(json_incref(object)));
    }
    return json_pack("{s:s, s:s, s:O, s:o}", "kind", "PartialObjectMetadataList", "apiVersion",
                     "meta.k8s.io/v1", "metadata", json_object_get(mine, "metadata"), "items",
                     items);
}
