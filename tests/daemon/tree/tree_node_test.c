/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/tree/tree_node.h"
#include "tests/daemon/parts.h"

static const char *info(const json_t *node, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach (json_object_get(node, "info"), i, item) {
        if (streq(object_string(item, "name"), name))
            return object_string(item, "value");
    }
    return "(none)";
}

static json_t *pod(const char *spec, const char *status)
{
    return parsef("{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'p', 'namespace': 'n'},"
                  " 'spec': {'containers': [{'name': 'a', 'image': 'i'}, {'name': 'b', 'image': "
                  "'j'}]%s}, 'status': {%s}}",
                  spec, status);
}

TEST(a_pod_is_told_in_kubectls_words)
{
    static const struct {
        const char *spec, *status, *reason, *containers, *restarts;
    } cases[] = {
        {"", "'phase': 'Pending'", "Pending", "0/2", "(none)"},
        {"", "'phase': 'Failed', 'reason': 'Evicted'", "Evicted", "0/2", "(none)"},
        {"",
         "'phase': 'Running', 'containerStatuses': [{'name': 'a', 'ready': true, 'restartCount': 2,"
         " 'state': {'running': {}}}, {'name': 'b', 'ready': true, 'restartCount': 1, 'state': "
         "{'running': {}}}]",
         "Running", "2/2", "3"},
        {"",
         "'phase': 'Pending', 'containerStatuses': [{'name': 'a', 'state': {'waiting': {'reason': "
         "'ImagePullBackOff'}}}, {'name': 'b', 'ready': true, 'state': {'running': {}}}]",
         "ImagePullBackOff", "1/2", "(none)"},
        {"",
         "'phase': 'Running', 'containerStatuses': [{'name': 'a', 'state': {'terminated': "
         "{'exitCode': 3}}}]",
         "ExitCode:3", "0/2", "(none)"},
        {"",
         "'phase': 'Running', 'containerStatuses': [{'name': 'a', 'state': {'terminated': "
         "{'exitCode': 137, 'signal': 9}}}]",
         "Signal:9", "0/2", "(none)"},
        {"",
         "'phase': 'Running', 'containerStatuses': [{'name': 'a', 'state': {'terminated': "
         "{'reason': 'Completed'}}}, {'name': 'b', 'ready': true, 'state': {'running': {}}}]",
         "NotReady", "1/2", "(none)"},
        {"",
         "'phase': 'Running', 'conditions': [{'type': 'Ready', 'status': 'True'}], "
         "'containerStatuses': [{'name': 'a', 'state': {'terminated': {'reason': 'Completed'}}}, "
         "{'name': 'b', 'ready': true, 'state': {'running': {}}}]",
         "Running", "1/2", "(none)"},
        {", 'initContainers': [{'name': 'x'}, {'name': 'y'}]",
         "'phase': 'Pending', 'initContainerStatuses': [{'name': 'x', 'state': {'terminated': "
         "{'exitCode': 0}}}, {'name': 'y', 'restartCount': 4, 'state': {'running': {}}}]",
         "Init:1/2", "0/2", "4"},
        {", 'initContainers': [{'name': 'x'}]",
         "'phase': 'Pending', 'initContainerStatuses': [{'name': 'x', 'state': {'waiting': "
         "{'reason': 'CrashLoopBackOff'}}}]",
         "Init:CrashLoopBackOff", "0/2", "(none)"},
        {", 'initContainers': [{'name': 'x'}]",
         "'phase': 'Pending', 'initContainerStatuses': [{'name': 'x', 'state': {'terminated': "
         "{'exitCode': 1, 'reason': 'Error'}}}]",
         "Init:Error", "0/2", "(none)"},
        {", 'initContainers': [{'name': 'x', 'restartPolicy': 'Always'}]",
         "'phase': 'Running', 'initContainerStatuses': [{'name': 'x', 'started': true, 'ready': "
         "true, 'state': {'running': {}}}], 'containerStatuses': [{'name': 'a', 'ready': true, "
         "'state': {'running': {}}}]",
         "Running", "2/2", "(none)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *p = pod(cases[i].spec, cases[i].status);
        cleanup_json json_t *node = tree_node(p);

        if (!streq(info(node, "Status Reason"), cases[i].reason) ||
            !streq(info(node, "Containers"), cases[i].containers) ||
            !streq(info(node, "Restart Count"), cases[i].restarts))
            fail_msg("case %zu: %s, %s, %s", i, info(node, "Status Reason"),
                     info(node, "Containers"), info(node, "Restart Count"));
    }
}

TEST(a_pod_that_goes_is_terminating_unless_it_has_ended)
{
    cleanup_json json_t *going = pod("", "'phase': 'Running'");
    cleanup_json json_t *ended = pod("", "'phase': 'Succeeded'");
    cleanup_json json_t *lost = pod("", "'phase': 'Running', 'reason': 'NodeLost'");
    json_t *all[] = {going, ended, lost};
    static const char *const reasons[] = {"Terminating", "Succeeded", "Unknown"};

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        cleanup_json json_t *node = NULL;

        json_object_set_new(json_object_get(all[i], "metadata"), "deletionTimestamp",
                            json_string("2026-01-01T00:00:00Z"));
        node = tree_node(all[i]);
        EXPECT_STR(info(node, "Status Reason"), reasons[i]);
    }
}

TEST(a_node_names_its_object_and_its_parents)
{
    cleanup_json json_t *set =
        parse("{'apiVersion': 'apps/v1', 'kind': 'ReplicaSet', 'metadata': {'name': 'web-1', "
              "'namespace': 'n', 'uid': 'u1', 'resourceVersion': '7', 'creationTimestamp': "
              "'2026-01-01T00:00:00Z', 'annotations': {'deployment.kubernetes.io/revision': '3'}, "
              "'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'name': 'web', "
              "'uid': 'u0'}]}, 'spec': {'replicas': 0}, 'status': {}}");
    cleanup_json json_t *wanted =
        parse("{'group': 'apps', 'version': 'v1', 'kind': 'ReplicaSet', 'namespace': 'n', 'name': "
              "'web-1', 'uid': 'u1', 'parentRefs': [{'group': 'apps', 'version': 'v1', 'kind': "
              "'Deployment', 'namespace': 'n', 'name': 'web', 'uid': 'u0'}], 'info': [{'name': "
              "'Revision', 'value': 'Rev:3'}], 'resourceVersion': '7', 'createdAt': "
              "'2026-01-01T00:00:00Z', 'health': {'status': 'Healthy'}}");
    cleanup_json json_t *node = tree_node(set);
    cleanup_free char *text = json_dumps(node, JSON_COMPACT);

    if (!json_equal(node, wanted))
        fail_msg("%s", text);
}

TEST(a_controller_revision_has_its_number)
{
    cleanup_json json_t *o = parse("{'apiVersion': 'apps/v1', 'kind': 'ControllerRevision', "
                                   "'metadata': {'name': 'r'}, 'revision': 4}");
    cleanup_json json_t *node = tree_node(o);

    EXPECT_STR(info(node, "Revision"), "Rev:4");
    EXPECT_NULL(json_object_get(node, "health"));
}

TEST(a_pod_tells_its_images_once_each)
{
    cleanup_json json_t *p =
        pod(", 'initContainers': [{'name': 'x', 'image': 'k'}, {'name': 'y', 'image': 'i'}]", "");
    cleanup_json json_t *node = tree_node(p);
    cleanup_json json_t *wanted = parse("['k', 'i', 'j']");

    EXPECT(json_equal(json_object_get(node, "images"), wanted));
}

TEST(the_trouble_of_a_pod_is_that_of_its_first_container_in_trouble)
{
    cleanup_json json_t *well =
        pod("", "'containerStatuses': [{'name': 'a', 'state': {'waiting': {'reason': "
                "'ContainerCreating'}}}, {'name': 'b', 'state': {'running': {}}}]");
    cleanup_json json_t *ill =
        pod("", "'containerStatuses': [{'name': 'a', 'state': {'running': {}}}, {'name': 'b', "
                "'state': {'waiting': {'reason': 'ImagePullBackOff', 'message': 'no such'}}}]");
    cleanup_json json_t *dead = pod("", "'initContainerStatuses': [{'name': 'x', 'state': "
                                        "{'terminated': {'exitCode': 2}}}]");
    cleanup_json json_t *of_well = tree_node(well);
    cleanup_json json_t *of_ill = tree_node(ill);
    cleanup_json json_t *of_dead = tree_node(dead);

    EXPECT_STR(info(of_well, "Trouble"), "(none)");
    EXPECT_STR(info(of_ill, "Trouble"), "container \"b\": ImagePullBackOff: no such");
    EXPECT_STR(info(of_dead, "Trouble"), "container \"x\": ExitCode:2");
}
