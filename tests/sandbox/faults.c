/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/faults.h"

#include "lib/base/glob.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/refusal.h"
#include "tests/sandbox/watch.h"

#define PREFIX "/sandbox/"

struct fault_rule {
    json_t *text; /* as it was given: strings are borrowed from it */
    const char *method, *path;
    int status;
    unsigned latency_ms;
    bool drop;
    const char *events; /* plural or "*" ; NULL: a rule about requests */
    enum event_fault event;
    json_int_t skip, left; /* left < 0: always */
    double probability;
    json_int_t struck;
};

static const char *const event_names[] = {
    [EVENT_SEND] = "",         [EVENT_DROP] = "drop",   [EVENT_TWICE] = "twice",
    [EVENT_REPLAY] = "replay", [EVENT_CLOSE] = "close", [EVENT_EXPIRE] = "expire",
};

static const char *const keys[] = {"method", "path",       "status",     "reason", "message",
                                   "drop",   "retryAfter", "skip",       "count",  "latencyMs",
                                   "events", "event",      "probability"};

/* ---- rules ---- */

static void rule_free(struct fault_rule *rule)
{
    json_decref(rule->text);
    free(rule);
}

static void rules_clear(struct ptrvec *rules)
{
    for (size_t i = 0; i < rules->len; i++)
        rule_free(rules->items[i]);
    ptrvec_clear(rules);
}

void faults_clear(struct faults *f)
{
    rules_clear(&f->rules);
}

static int check_keys(const json_t *text, size_t index, struct error **err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(text))
        return error_set(err, ERROR_INVALID, "fault rule %zu is no object", index);
    json_object_foreach ((json_t *)text, key, value) {
        bool known = false;

        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
            known = known || streq(keys[i], key);
        if (!known)
            return error_set(err, ERROR_INVALID, "fault rule %zu: unknown key \"%s\"", index, key);
    }
    return 0;
}

static int read_event(struct fault_rule *rule, size_t index, struct error **err)
{
    const char *name = json_string_value(json_object_get(rule->text, "event"));

    for (size_t i = 1; i < ARRAY_LEN(event_names); i++)
        if (streq(event_names[i], name)) {
            rule->event = (enum event_fault)i;
            return 0;
        }
    return error_set(err, ERROR_INVALID,
                     "fault rule %zu: event must be drop, twice, replay, close or expire", index);
}

static int rule_read(json_t *text, size_t index, struct fault_rule **out, struct error **err)
{
    struct fault_rule *rule;
    const json_t *count = json_object_get(text, "count");
    const json_t *probability = json_object_get(text, "probability");

    if (check_keys(text, index, err) < 0)
        return -1;
    rule = xcalloc(1, sizeof(*rule));
    rule->text = json_incref(text);
    rule->method = json_string_value(json_object_get(text, "method"));
    rule->path = json_string_value(json_object_get(text, "path"));
    rule->status = (int)json_integer_value(json_object_get(text, "status"));
    rule->latency_ms = (unsigned)json_integer_value(json_object_get(text, "latencyMs"));
    rule->drop = json_is_true(json_object_get(text, "drop"));
    rule->events = json_string_value(json_object_get(text, "events"));
    rule->skip = json_integer_value(json_object_get(text, "skip"));
    rule->left = count ? json_integer_value(count) : -1;
    rule->probability = probability ? json_number_value(probability) : 1;
    *out = rule;
    if (rule->events)
        return read_event(rule, index, err);
    if (rule->status || rule->latency_ms || rule->drop)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "fault rule %zu does nothing: it needs status, latencyMs, drop or events",
                     index);
}

int faults_set(struct faults *f, const json_t *rules, struct error **err)
{
    struct ptrvec fresh = {0};
    size_t i;
    json_t *text;

    if (!json_is_array(rules))
        return error_set(err, ERROR_INVALID, "fault rules are a JSON array");
    json_array_foreach ((json_t *)rules, i, text) {
        struct fault_rule *rule = NULL;
        int code = rule_read(text, i, &rule, err);

        if (rule)
            ptrvec_push(&fresh, rule);
        if (code < 0) {
            rules_clear(&fresh);
            return -1;
        }
    }
    rules_clear(&f->rules);
    f->rules = fresh;
    return 0;
}

/* ---- striking ---- */

/* Its turn? Counts. */
static bool strikes(struct fault_rule *rule)
{
    if (rule->left == 0)
        return false;
    if (rule->skip > 0) {
        rule->skip--;
        return false;
    }
    if (rule->probability < 1 && drand48() >= rule->probability)
        return false;
    if (rule->left > 0)
        rule->left--;
    rule->struck++;
    return true;
}

static bool is_about(const struct fault_rule *rule, const struct http_call *http)
{
    return !rule->events && (!rule->method || streq(rule->method, http_call_method(http))) &&
           (!rule->path || glob_match(rule->path, http_call_path(http), '/'));
}

unsigned faults_delay_ms(void *arg, const struct http_call *http)
{
    const struct sandbox *s = arg;
    unsigned ms = 0;

    for (size_t i = 0; i < s->faults.rules.len; i++) {
        struct fault_rule *rule = s->faults.rules.items[i];

        /* Where it also answers, it counts then. */
        if (rule->latency_ms && is_about(rule, http) &&
            !str_has_prefix(http_call_path(http), PREFIX) &&
            (rule->status || rule->drop ? rule->left != 0 : strikes(rule)))
            ms += rule->latency_ms;
    }
    return ms;
}

static void answer(const struct fault_rule *rule, struct http_call *http)
{
    const char *reason = json_string_value(json_object_get(rule->text, "reason"));
    const char *message = json_string_value(json_object_get(rule->text, "message"));
    json_t *after = json_object_get(rule->text, "retryAfter");
    json_t *refused = NULL;

    refuse(&refused, rule->status, reason ? reason : "InternalError",
           after ? json_pack("{s:O}", "retryAfterSeconds", after) : NULL, "%s",
           message ? message : "a fault that was asked for");
    if (after)
        http_retry_after(http, (unsigned)json_integer_value(after));
    api_refuse(http, refused);
}

bool faults_strike(struct faults *f, struct http_call *http)
{
    for (size_t i = 0; i < f->rules.len; i++) {
        struct fault_rule *rule = f->rules.items[i];

        if ((!rule->status && !rule->drop) || !is_about(rule, http) || !strikes(rule))
            continue;
        if (rule->drop)
            http_call_drop(http);
        else
            answer(rule, http);
        return true;
    }
    return false;
}

enum event_fault faults_event(struct faults *f, const char *plural)
{
    for (size_t i = 0; i < f->rules.len; i++) {
        struct fault_rule *rule = f->rules.items[i];

        if (rule->events &&
            (streq(rule->events, plural) ||
             (streq(rule->events, "*") && !streq(plural, "bookmarks"))) &&
            strikes(rule))
            return rule->event;
    }
    return EVENT_SEND;
}

/* ---- over HTTP ---- */

static json_t *rules_told(const struct faults *f)
{
    json_t *told = json_array();

    for (size_t i = 0; i < f->rules.len; i++) {
        const struct fault_rule *rule = f->rules.items[i];
        json_t *text = json_copy(rule->text);

        json_object_set_new(text, "struck", json_integer(rule->struck));
        json_array_append_new(told, text);
    }
    return told;
}

static void serve_rules(struct faults *f, struct http_call *http)
{
    const struct buf *body = http_call_body(http);
    cleanup_json json_t *rules = NULL;
    cleanup_error struct error *err = NULL;
    json_error_t where;
    json_t *refused = NULL;

    if (streq(http_call_method(http), "DELETE")) {
        faults_clear(f);
    } else if (!streq(http_call_method(http), "GET")) {
        rules = json_loadb(body->data, body->len, 0, &where);
        if (!rules)
            error_set(&err, ERROR_INVALID, "fault rules: %s", where.text);
        if (err || faults_set(f, rules, &err) < 0) {
            refuse_bad_request(&refused, "%s", error_message(err));
            api_refuse(http, refused);
            return;
        }
    }
    api_answer(http, 200, rules_told(f));
}

bool faults_serve(struct faults *f, struct sandbox *s, struct http_call *http)
{
    const char *path = http_call_path(http);
    const char *plural = http_call_query(http, "plural");
    json_t *refused = NULL;
    size_t count;

    if (!str_has_prefix(path, PREFIX))
        return false;
    path += strlen(PREFIX);
    if (streq(path, "faults")) {
        serve_rules(f, http);
        return true;
    }
    if (streq(path, "watches/close")) {
        count = watch_hub_end(s->watches, plural, false);
    } else if (streq(path, "watches/break")) {
        count = watch_hub_end(s->watches, plural, true);
    } else if (streq(path, "watches/expire")) {
        count = watch_hub_expire(s->watches, plural);
    } else if (streq(path, "compact")) {
        store_compact(s->store);
        count = 0;
    } else {
        refuse(&refused, 404, "NotFound", NULL,
               "%s: the sandbox knows faults, compact, watches/close, watches/break and "
               "watches/expire",
               http_call_path(http));
        api_refuse(http, refused);
        return true;
    }
    api_answer(http, 200, json_pack("{s:i}", "watches", (int)count));
    return true;
}
