/* SPDX-License-Identifier: Apache-2.0 */
/* The short way through plain YAML reads nothing otherwise than libyaml does. */
#include "tests/fuzz/fuzz.h"

#include "lib/doc/yaml_block.h"

/* libyaml looks ahead for what is no character: which of two errors it finds first depends on where
 * it began. */
static bool is_about_bytes(const char *message)
{
    return strstr(message, "control characters") || strstr(message, "UTF-8") ||
           strstr(message, "Unicode");
}

static void check(const char *text, size_t len, const struct yaml_reading *how)
{
    cleanup_json json_t *quick = NULL;
    cleanup_json json_t *events = NULL;
    cleanup_error struct error *quick_err = NULL;
    cleanup_error struct error *events_err = NULL;
    int rc = yaml_parse_quickly("fuzz", text, len, how, &quick, &quick_err);

    if (yaml_parse_events("fuzz", text, len, how, &events, &events_err) != rc)
        abort();
    if (rc < 0 && !streq(error_message(quick_err), error_message(events_err)) &&
        !is_about_bytes(error_message(events_err)))
        abort();
    if (rc == 0 && !json_equal(quick, events))
        abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    check((const char *)data, size, &(struct yaml_reading){.dialect = YAML_KUSTOMIZE});
    check((const char *)data, size, &(struct yaml_reading){.dialect = YAML_KUBECTL});
    check((const char *)data, size,
          &(struct yaml_reading){.dialect = YAML_KUSTOMIZE, .spelled = true});
    check((const char *)data, size,
          &(struct yaml_reading){.dialect = YAML_KUBECTL, .last_wins = true});
    return 0;
}
