/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/field_text.h"

#include "lib/doc/spelling.h"

int field_text_parse(struct field_text *t, const char *text, struct error **err)
{
    char first = text[strspn(text, " \t\r\n")];

    if (first == '{' || first == '[')
        return yaml_parse_spelled("text", text, strlen(text), &t->json, err);
    return yaml_text_parse(text, &t->yaml, err);
}

void field_text_clear(struct field_text *t)
{
    json_decref(TAKE(t->json));
    yaml_text_free(TAKE(t->yaml));
}

json_t *field_text_root(const struct field_text *t)
{
    return t->yaml ? yaml_text_root(t->yaml) : json_array_get(t->json, 0);
}
