/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/openapi.h"

#include "kustomize/json_text.h"
#include "kustomize/openapi_document.h"

#define BUILT_IN_VERSION "v1.21.2"

/* What a build asked before its document came decides who answers where both know a kind. */
enum built_in_use {
    BUILT_IN_UNUSED, /* the document stands alone */
    BUILT_IN_ASKED,  /* only for scopes: kustomize reads its table after the document */
    BUILT_IN_READ,   /* the document comes on top */
};

struct schemas {
    struct openapi_document *document; /* NULL: the built-in table alone */
    bool is_set;
    enum built_in_use built_in;
};

struct schemas *schemas_new(void)
{
    return xcalloc(1, sizeof(struct schemas));
}

void schemas_free(struct schemas *s)
{
    if (!s)
        return;
    openapi_document_free(s->document);
    free(s);
}

int schemas_set(struct schemas *s, const json_t *field, const char *name, const char *text,
                size_t len, bool reset, struct error **err)
{
    const char *version = json_string_at(field, "version");
    struct openapi_document *document = NULL;

    if (s->is_set && !reset)
        return 0;
    if (text && json_object_get(field, "version"))
        return error_set(err, ERROR_INVALID,
                         "builtin version and custom schema provided, cannot use both; "
                         "remove version or path");
    if (text &&
        openapi_document_parse(name, text, len, s->built_in != BUILT_IN_UNUSED, &document, err) < 0)
        return -1;
    if (!text && *version && !streq(version, BUILT_IN_VERSION))
        return error_set(err, ERROR_INVALID,
                         "version \"%s\" is not built in, only " BUILT_IN_VERSION, version);
    s->is_set = text || *version;
    openapi_document_free(s->document);
    s->document = document;
    return 0;
}

/* The build learns from its own questions what kustomize would have read by now. */
static void built_in_used(const struct schemas *s, enum built_in_use use)
{
    struct schemas *own = (struct schemas *)s;

    if (own && !own->document && own->built_in < use)
        own->built_in = use;
}

const struct merge_type *schemas_find(const struct schemas *s, const char *api_version,
                                      const char *kind)
{
    const struct merge_type *own = NULL, *built_in = NULL;

    built_in_used(s, BUILT_IN_READ);
    if (!s || !s->document)
        return schema_find(api_version, kind);
    own = openapi_document_find(s->document, api_version, kind);
    if (s->built_in != BUILT_IN_UNUSED || schema_is_own(api_version))
        built_in = schema_find(api_version, kind);
    if (s->built_in == BUILT_IN_READ && own)
        return own;
    return built_in ? built_in : own;
}

const struct merge_type *schemas_lookup(const void *schemas, const char *api_version,
                                        const char *kind)
{
    return schemas_find(schemas, api_version, kind);
}

enum schema_scope schemas_scope(const struct schemas *s, const char *api_version, const char *kind)
{
    enum schema_scope scope = schema_scope(api_version, kind);

    if (scope != SCHEMA_SCOPE_UNKNOWN)
        return scope;
    built_in_used(s, BUILT_IN_ASKED);
    return s && s->document ? openapi_document_scope(s->document, api_version, kind) : scope;
}
