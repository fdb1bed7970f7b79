/* SPDX-License-Identifier: Apache-2.0 */
/* A document and the text of a script. The document is walked by a script of ours, which sees as
 * many values as there are; the other text is only compiled, because it need not end when it is
 * run. */
#include "tests/fuzz/fuzz.h"

#include "daemon/health/builtin.h"
#include "lib/doc/yaml.h"
#include "lua/script.h"
#include "lua/source.h"

static const char walk[] = "local function count(v)\n"
                           "  if type(v) ~= 'table' then return tostring(v) and 1 end\n"
                           "  local n = 1\n"
                           "  for k, x in pairs(v) do n = n + count(x) end\n"
                           "  return n\n"
                           "end\n"
                           "return {status = 'Healthy', message = count(obj) .. ''}\n";

static size_t count(const json_t *value)
{
    const char *name;
    json_t *item;
    size_t i;
    size_t n = 1;

    json_array_foreach (value, i, item)
        n += json_is_null(item) ? 0 : count(item);
    json_object_foreach ((json_t *)value, name, item)
        n += json_is_null(item) ? 0 : count(item);
    return n;
}

static void walk_document(const json_t *document)
{
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;
    cleanup_free char *expected = xasprintf("%zu", count(document));
    struct script script = {.text = walk};

    if (script_run(&script, document, &result, &err) < 0)
        fuzz_check_failed(err); /* it is nested too deeply, or large */
    else if (!streq(result.message, expected))
        abort();
}

/* The rewritten operators compile where the plain text does, but for the depth that it may have. */
static void compile_text(const char *text)
{
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf plain = BUF_UNLIMITED;
    cleanup_buf struct buf joins = BUF_UNLIMITED;
    cleanup_json json_t *object = json_object();
    struct script script = {.text = "local f = loadstring(obj.plain) "
                                    "local g, why = loadstring(obj.joins) "
                                    "if f and (g or why:find('too many')) then g = f end "
                                    "return {status = f == g and 'Healthy' or 'Degraded'}",
                            .open_libs = true};

    source_rewrite(text, false, &plain);
    source_rewrite(text, true, &joins);
    if (plain.len > strlen(text))
        abort();
    json_object_set_new(object, "plain", json_string_nocheck(plain.data));
    json_object_set_new(object, "joins", json_string_nocheck(joins.data));
    if (script_run(&script, object, &result, &err) < 0)
        fuzz_check_failed(err);
    else if (!streq(result.status, "Healthy"))
        abort();
}

static void assess(const json_t *object)
{
    cleanup_free char *message = NULL;
    enum health_status status;

    if (health_assess(object, &status, &message))
        health_status_name(status);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;
    cleanup_free char *text = xstrndup((const char *)data, size);

    compile_text(text);
    if (yaml_parse("fuzz", text, strlen(text), YAML_KUBECTL, &docs, &err) < 0)
        return 0;
    for (size_t i = 0; i < json_array_size(docs); i++) {
        walk_document(json_array_get(docs, i));
        assess(json_array_get(docs, i));
    }
    return 0;
}
