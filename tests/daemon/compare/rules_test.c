/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules: one case for each rule of the comparison: what is declared, what is live, what we own
 * there, and the verdict that the API server's own dry-run agrees with.
 */
#include "daemon/compare/compare.h"
#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "lib/kube/schema.h"
#include "tests/test.h"

/* A custom kind with each way to describe a value, in the reduced form of a schema. */
static const char custom_schema[] =
    "gitopsd-schema 1\n"
    "{ apiVersion:s kind:s metadata:1 spec:2\n"
    "{ annotations:3 finalizers:4 labels:3 name:s\n"
    "{ at:t box:5 colours:4 flag:b free:a map:3 parts:6 size:q steps:7 target:x text:s timeout:d\n"
    "m s\n"
    "ls s\n"
    "{! height:i width:i\n"
    "lm 8 name protocol\n"
    "la 9\n"
    "{ name:s port:i protocol:s=\"TCP\"\n"
    "{ level:i run:s\n"
    "k example.org/v1 Custom 0\n";

struct rule {
    const char *name, *group, *version, *kind;
    const char *desired, *live, *owned, *theirs; /* below the root, with ' for " */
    enum drift drift;
    const char *path;
};

static json_t *parse(const char *text)
{
    cleanup_free char *json = xstrdup(text);
    json_error_t e;
    json_t *v;

    for (char *p = json; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    v = json_loads(json, JSON_DECODE_ANY, &e);
    if (!v)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static json_t *object_of(const struct rule *r, const char *text)
{
    cleanup_free char *version =
        *r->group ? xasprintf("%s/%s", r->group, r->version) : xstrdup(r->version);
    json_t *object = parse(text);

    json_object_set_new(object, "apiVersion", json_string(version));
    json_object_set_new(object, "kind", json_string(r->kind));
    return object;
}

static void add_manager(json_t *live, const char *name, const char *operation, const char *fields)
{
    json_t *metadata = json_object_get(live, "metadata");
    json_t *managers;

    if (!metadata)
        json_object_set_new(live, "metadata", metadata = json_object());
    managers = json_object_get(metadata, "managedFields");
    if (!managers)
        json_object_set_new(metadata, "managedFields", managers = json_array());
    json_array_append_new(managers,
                          json_pack("{s:s, s:s, s:O, s:o}", "manager", name, "operation", operation,
                                    "apiVersion", json_object_get(live, "apiVersion"), "fieldsV1",
                                    parse(fields)));
}

static void expect_rule(const struct rule *r, const struct kube_schema *custom)
{
    cleanup_json json_t *desired = object_of(r, r->desired);
    cleanup_json json_t *live = object_of(r, r->live);
    cleanup_drifts struct drifts drifts = {0};
    struct compare_input in = {.desired = desired, .live = live};
    enum drift drift;

    in.type = streq(r->kind, "Custom") ? kube_schema_kind(custom, r->group, r->version, r->kind)
                                       : kube_schema_builtin(r->group, r->version, r->kind);
    EXPECT(in.type != NULL);
    add_manager(live, FIELD_MANAGER, "Apply", r->owned);
    if (r->theirs)
        add_manager(live, "editor", "Update", r->theirs);
    drift = compare_objects(&in, &drifts);
    if (drift != r->drift || !streq(drifts.len ? drifts.items[0].path : NULL, r->path))
        fail_msg("%s: %s at %s", r->name, drift_name(drift),
                 drifts.len ? drifts.items[0].path : "-");
}

#define CONFIG_MAP "", "v1", "ConfigMap"
#define SERVICE "", "v1", "Service"
#define QUOTA "", "v1", "ResourceQuota"
#define SECRET "", "v1", "Secret"
#define POLICY "networking.k8s.io", "v1", "NetworkPolicy"
#define SCALER "autoscaling", "v2", "HorizontalPodAutoscaler"
#define DISRUPTION "policy", "v1", "PodDisruptionBudget"
#define ROLE "rbac.authorization.k8s.io", "v1", "Role"
#define CLUSTER_ROLE "rbac.authorization.k8s.io", "v1", "ClusterRole"
#define POD "", "v1", "Pod"
#define CUSTOM "example.org", "v1", "Custom"
#define OWN_SPEC(field) "{'f:spec':{'f:" field "':{}}}"

static const struct rule rules[] = {
    /* scalars */
    {"half a CPU", QUOTA, "{'spec':{'hard':{'cpu':'0.5'}}}", "{'spec':{'hard':{'cpu':'500m'}}}",
     "{'f:spec':{'f:hard':{'f:cpu':{}}}}", NULL, DRIFT_NONE, NULL},
    {"a number as a quantity", QUOTA, "{'spec':{'hard':{'cpu':1}}}",
     "{'spec':{'hard':{'cpu':'1'}}}", "{'f:spec':{'f:hard':{'f:cpu':{}}}}", NULL, DRIFT_NONE, NULL},
    {"another quantity", QUOTA, "{'spec':{'hard':{'memory':'1Gi'}}}",
     "{'spec':{'hard':{'memory':'1G'}}}", "{'f:spec':{'f:hard':{'f:memory':{}}}}", NULL,
     DRIFT_VALUE, ".spec.hard.memory"},
    {"a ConfigMap holds text", CONFIG_MAP, "{'data':{'cpu':'0.5'}}", "{'data':{'cpu':'500m'}}",
     "{'f:data':{'f:cpu':{}}}", NULL, DRIFT_VALUE, ".data.cpu"},
    {"80 and \"80\"", DISRUPTION, "{'spec':{'minAvailable':80}}", "{'spec':{'minAvailable':'80'}}",
     OWN_SPEC("minAvailable"), NULL, DRIFT_VALUE, ".spec.minAvailable"},
    {"base64 with a line break", SECRET, "{'data':{'a':'YWFh\\nYWFh'}}",
     "{'data':{'a':'YWFhYWFh'}}", "{'f:data':{'f:a':{}}}", NULL, DRIFT_NONE, NULL},
    {"false that is left out", POD, "{'spec':{'hostNetwork':false}}", "{'spec':{}}",
     OWN_SPEC("hostNetwork"), NULL, DRIFT_NONE, NULL},
    {"true that is not there", POD, "{'spec':{'hostNetwork':true}}", "{'spec':{}}",
     OWN_SPEC("hostNetwork"), NULL, DRIFT_VALUE, ".spec.hostNetwork"},
    {"a custom quantity respelled", CUSTOM, "{'spec':{'size':'0.5'}}", "{'spec':{'size':'500m'}}",
     OWN_SPEC("size"), NULL, DRIFT_UNDECIDED, ".spec.size"},
    {"a custom duration respelled", CUSTOM, "{'spec':{'timeout':'1h'}}",
     "{'spec':{'timeout':'60m'}}", OWN_SPEC("timeout"), NULL, DRIFT_UNDECIDED, ".spec.timeout"},
    {"another custom duration", CUSTOM, "{'spec':{'timeout':'1h'}}", "{'spec':{'timeout':'61m'}}",
     OWN_SPEC("timeout"), NULL, DRIFT_VALUE, ".spec.timeout"},
    {"a custom time in another zone", CUSTOM, "{'spec':{'at':'2026-01-01T02:00:00+02:00'}}",
     "{'spec':{'at':'2026-01-01T00:00:00Z'}}", OWN_SPEC("at"), NULL, DRIFT_UNDECIDED, ".spec.at"},
    {"custom text that looks like a time", CUSTOM, "{'spec':{'text':'2026-01-01T02:00:00+02:00'}}",
     "{'spec':{'text':'2026-01-01T00:00:00Z'}}", OWN_SPEC("text"), NULL, DRIFT_VALUE, ".spec.text"},
    {"definite wins over undecided", CUSTOM, "{'spec':{'size':'0.5', 'text':'b'}}",
     "{'spec':{'size':'500m', 'text':'a'}}", "{'f:spec':{'f:size':{}, 'f:text':{}}}", NULL,
     DRIFT_VALUE, ".spec.text"},
    /* ownership */
    {"co-owned", CONFIG_MAP, "{'data':{'a':'1'}}", "{'data':{'a':'1'}}", "{'f:data':{'f:a':{}}}",
     "{'f:data':{'f:a':{}}}", DRIFT_NONE, NULL},
    {"taken, with the same value", CONFIG_MAP, "{'data':{'a':'1'}}", "{'data':{'a':'1'}}",
     "{'f:data':{}}", "{'f:data':{'f:a':{}}}", DRIFT_NOT_OURS, ".data.a"},
    {"declared no more, and co-owned", CONFIG_MAP, "{'data':{'b':'1'}}",
     "{'data':{'a':'1', 'b':'1'}}", "{'f:data':{'f:a':{}, 'f:b':{}}}", "{'f:data':{'f:a':{}}}",
     DRIFT_UNDECLARED, ".data.a"},
    {"added by others", CONFIG_MAP, "{'data':{'b':'1'}}", "{'data':{'a':'1', 'b':'1'}}",
     "{'f:data':{'f:b':{}}}", "{'f:data':{'f:a':{}}}", DRIFT_NONE, NULL},
    /* lists with keys */
    {"a key's default", SERVICE, "{'spec':{'ports':[{'port':53}]}}",
     "{'spec':{'ports':[{'port':53,'protocol':'UDP'},{'port':53,'protocol':'TCP'}]}}",
     "{'f:spec':{'f:ports':{'k:{\\'port\\':53,\\'protocol\\':\\'TCP\\'}':{'.':{},'f:port':{}}}}}",
     NULL, DRIFT_NONE, NULL},
    {"the item with the default is not ours", SERVICE, "{'spec':{'ports':[{'port':53}]}}",
     "{'spec':{'ports':[{'port':53,'protocol':'UDP'}]}}",
     "{'f:spec':{'f:ports':{'k:{\\'port\\':53,\\'protocol\\':\\'UDP\\'}':{'.':{},'f:port':{}}}}}",
     NULL, DRIFT_NOT_OURS, ".spec.ports[port=53]"},
    {"another order", CUSTOM, "{'spec':{'colours':['red','blue']}}",
     "{'spec':{'colours':['blue','green','red']}}",
     "{'f:spec':{'f:colours':{'v:\\'red\\'':{},'v:\\'blue\\'':{}}}}", NULL, DRIFT_UNDECIDED,
     ".spec.colours"},
    {"others between ours", CUSTOM, "{'spec':{'colours':['red','blue']}}",
     "{'spec':{'colours':['red','green','blue']}}",
     "{'f:spec':{'f:colours':{'v:\\'red\\'':{},'v:\\'blue\\'':{}}}}", NULL, DRIFT_NONE, NULL},
    {"an element that nobody declares any more", CUSTOM, "{'spec':{'colours':['red']}}",
     "{'spec':{'colours':['red','blue']}}",
     "{'f:spec':{'f:colours':{'v:\\'red\\'':{},'v:\\'blue\\'':{}}}}", NULL, DRIFT_UNDECLARED,
     ".spec.colours[blue]"},
    {"applied when the list was atomic", CUSTOM, "{'spec':{'colours':['red']}}",
     "{'spec':{'colours':['red']}}", OWN_SPEC("colours"), NULL, DRIFT_UNDECIDED, ".spec.colours"},
    {"[] of a list with keys", POD, "{'spec':{'tolerations':[],'containers':[]}}",
     "{'spec':{'containers':[{'name':'injected'}]}}", OWN_SPEC("tolerations"), NULL, DRIFT_NONE,
     NULL},
    /* atomic values */
    {"a default of a built-in kind", POLICY, "{'spec':{'egress':[{'ports':[{'port':1}]}]}}",
     "{'spec':{'egress':[{'ports':[{'port':1,'protocol':'TCP'}]}]}}", OWN_SPEC("egress"), NULL,
     DRIFT_NONE, NULL},
    {"no default", POLICY, "{'spec':{'egress':[{'ports':[{'port':1}]}]}}",
     "{'spec':{'egress':[{'ports':[{'port':1,'protocol':'UDP'}]}]}}", OWN_SPEC("egress"), NULL,
     DRIFT_UNDECIDED, ".spec.egress[0].ports[0].protocol"},
    {"a list within, declared no more", ROLE, "{'rules':[{'verbs':['get']}]}",
     "{'rules':[{'verbs':['get'],'resourceNames':['a']}]}", "{'f:rules':{}}", NULL,
     DRIFT_UNDECLARED, ".rules[0].resourceNames"},
    {"a label of a selector, declared no more", POLICY,
     "{'spec':{'podSelector':{'matchLabels':{'a':'1'}}}}",
     "{'spec':{'podSelector':{'matchLabels':{'a':'1','b':'2'}}}}", OWN_SPEC("podSelector"), NULL,
     DRIFT_UNDECLARED, ".spec.podSelector.matchLabels.b"},
    {"maybe a default of a custom kind", CUSTOM, "{'spec':{'steps':[{'run':'a'}]}}",
     "{'spec':{'steps':[{'run':'a','level':3}]}}", OWN_SPEC("steps"), NULL, DRIFT_UNDECIDED,
     ".spec.steps[0].level"},
    {"an atomic map that somebody took", CUSTOM, "{'spec':{'box':{'width':1}}}",
     "{'spec':{'box':{'width':1}}}", "{'f:spec':{}}", OWN_SPEC("box"), DRIFT_NOT_OURS, ".spec.box"},
    {"metrics that the server fills in", SCALER, "{'spec':{'metrics':[]}}",
     "{'spec':{'metrics':[{'type':'Resource','resource':{'name':'cpu','target':"
     "{'type':'Utilization','averageUtilization':80}}}]}}",
     OWN_SPEC("metrics"), NULL, DRIFT_NONE, NULL},
    /* what is empty */
    {"rules: [] that somebody took", ROLE, "{'rules':[]}", "{'rules':null}", "{}", "{'f:rules':{}}",
     DRIFT_NOT_OURS, ".rules"},
    {"{} and the parts of others", CONFIG_MAP, "{'data':{}}", "{'data':{'a':'1'}}", "{'f:data':{}}",
     "{'f:data':{'f:a':{}}}", DRIFT_NONE, NULL},
    {"{} that lost its mark", CONFIG_MAP, "{'data':{}}", "{'data':{'a':'1'}}", "{}",
     "{'f:data':{'.':{},'f:a':{}}}", DRIFT_NOT_OURS, ".data"},
    {"{} that a built-in kind leaves out", POD, "{'spec':{'securityContext':{}}}", "{'spec':{}}",
     OWN_SPEC("securityContext"), NULL, DRIFT_NONE, NULL},
    {"{} that a custom kind does not have", CUSTOM, "{'spec':{'map':{}}}", "{'spec':{}}",
     OWN_SPEC("map"), NULL, DRIFT_UNDECIDED, ".spec.map"},
    {"{} in the metadata of a custom kind", CUSTOM, "{'metadata':{'labels':{}}}", "{'metadata':{}}",
     "{'f:metadata':{'f:labels':{}}}", NULL, DRIFT_NONE, NULL},
    /* what no schema names */
    {"a part of a free map", CUSTOM, "{'spec':{'free':{'g':{}}}}", "{'spec':{'free':{}}}",
     OWN_SPEC("free"), NULL, DRIFT_NOT_OURS, ".spec.free.g"},
    {"a field that the schema does not have", CUSTOM, "{'spec':{'unknown':1}}", "{'spec':{}}",
     "{'f:spec':{}}", NULL, DRIFT_NOT_OURS, ".spec.unknown"},
    /* what is the server's */
    {"status", POD, "{'status':{'phase':'Running'}}", "{'status':{'phase':'Failed'}}", "{}", NULL,
     DRIFT_NONE, NULL},
    {"rules of an aggregated role", CLUSTER_ROLE,
     "{'aggregationRule':{},'rules':[{'verbs':['x']}]}",
     "{'aggregationRule':{},'rules':[{'verbs':['get']}]}", "{'f:aggregationRule':{}}",
     "{'f:rules':{}}", DRIFT_NONE, NULL},
};

TEST(each_rule_as_the_server_has_it)
{
    cleanup_kube_schema struct kube_schema *custom = NULL;
    cleanup_error struct error *err = NULL;

    if (kube_schema_read(custom_schema, sizeof(custom_schema) - 1, &custom, &err) < 0)
        fail_msg("%s", error_message(err));
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        expect_rule(&rules[i], custom);
}

TEST(an_aggregate_that_others_made_is_theirs_where_that_is_asked_for)
{
    cleanup_json json_t *desired = parse("{'apiVersion':'rbac.authorization.k8s.io/v1',"
                                         "'kind':'ClusterRole','rules':[{'verbs':['x']}]}");
    cleanup_json json_t *live =
        parse("{'apiVersion':'rbac.authorization.k8s.io/v1','kind':'ClusterRole',"
              "'aggregationRule':{'clusterRoleSelectors':[]},'rules':[{'verbs':['y']}]}");
    cleanup_drifts struct drifts drifts = {0};
    struct compare_input in = {.desired = desired, .live = live};

    add_manager(live, FIELD_MANAGER, "Apply", "{}");
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NOT_OURS);
    drifts_clear(&drifts);
    in.ignore_aggregated_roles = true;
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NONE);
}
