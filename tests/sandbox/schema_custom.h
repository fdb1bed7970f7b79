/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_custom: what the openAPIV3Schema of a CustomResourceDefinition says about its objects:
 * defaults and validation. (Pruning is conform.h, the OpenAPI document openapi.h.) Rules in CEL are
 * not looked at.
 */
#ifndef GITOPSD_TESTS_SANDBOX_SCHEMA_CUSTOM_H
#define GITOPSD_TESTS_SANDBOX_SCHEMA_CUSTOM_H

#include "tests/sandbox/kinds.h"

/* NULL: it has none. */
const json_t *schema_custom(const struct kind *kind);
void schema_custom_defaults(const struct kind *kind, json_t *object);
/* Nulls go where null is no value and there is no default: of what a client sends, but not of what
 * an apply leaves, whose nulls are refused. */
void schema_custom_drop_nulls(const struct kind *kind, json_t *object);
/* Appends causes (refusal.h). */
void schema_custom_validate(const struct kind *kind, const json_t *object, json_t *causes);

#endif
