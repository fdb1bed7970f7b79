/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of Services, their endpoints, and Ingresses. */
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

#define SHOWN_MAX 3

json_t *cell_ports(const json_t *object)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *port;

    json_array_foreach ((json_t *)place_at(object, ".spec.ports"), i, port) {
        buf_printf(&text, "%s%lld", i > 0 ? "," : "", (long long)cell_number(port, ".port"));
        if (cell_number(port, ".nodePort") > 0)
            buf_printf(&text, ":%lld", (long long)cell_number(port, ".nodePort"));
        buf_printf(&text, "/%s", cell_text(port, ".protocol"));
    }
    return json_string(text.len > 0 ? text.data : "<none>");
}

/* ip or host name of each, as load balancers tell them. */
static void put_ingress(struct buf *text, const json_t *object)
{
    size_t i;
    json_t *point;

    json_array_foreach ((json_t *)place_at(object, ".status.loadBalancer.ingress"), i, point) {
        const char *ip = cell_text(point, ".ip");

        buf_printf(text, "%s%s", text->len > 0 ? "," : "",
                   *ip ? ip : cell_text(point, ".hostname"));
    }
}

json_t *cell_external(const json_t *object)
{
    const char *type = cell_text(object, ".spec.type");
    cleanup_json json_t *given = cell_join(place_at(object, ".spec.externalIPs"), "", ",", 0, "");
    cleanup_buf struct buf text = BUF_UNLIMITED;

    if (streq(type, "ExternalName"))
        return json_string(cell_text(object, ".spec.externalName"));
    if (streq(type, "LoadBalancer"))
        put_ingress(&text, object);
    if (*json_string_value(given))
        buf_printf(&text, "%s%s", text.len > 0 ? "," : "", json_string_value(given));
    if (text.len > 0)
        return json_string(text.data);
    return json_string(streq(type, "LoadBalancer") ? "<pending>" : "<none>");
}

/* ---- endpoints ---- */

/* With the port, where there is one. */
static void put_addresses(json_t *all, const json_t *subset, json_int_t port)
{
    size_t i;
    json_t *address;

    json_array_foreach (json_object_get(subset, "addresses"), i, address) {
        const char *ip = cell_text(address, ".ip");

        json_array_append_new(all, port ? json_sprintf("%s:%lld", ip, (long long)port)
                                        : json_string(ip));
    }
}

/* Each port with each address of its subset. */
static json_t *addresses_of(const json_t *endpoints)
{
    json_t *all = json_array();
    size_t i, k;
    json_t *subset, *port;

    json_array_foreach (json_object_get(endpoints, "subsets"), i, subset) {
        const json_t *ports = json_object_get(subset, "ports");

        if (json_array_size(ports) == 0)
            put_addresses(all, subset, 0);
        json_array_foreach ((json_t *)ports, k, port) {
            put_addresses(all, subset, cell_number(port, ".port"));
        }
    }
    return all;
}

json_t *cell_endpoints(const json_t *object)
{
    cleanup_json json_t *all = addresses_of(object);

    return cell_join(all, "", ",", SHOWN_MAX, "<none>");
}

json_t *cell_slice_ports(const json_t *object)
{
    cleanup_json json_t *all = json_array();
    size_t i;
    json_t *port;

    json_array_foreach (json_object_get(object, "ports"), i, port) {
        const char *name = cell_text(port, ".name");

        json_array_append_new(all, json_object_get(port, "port")
                                       ? json_sprintf("%lld", (long long)cell_number(port, ".port"))
                                       : json_string(*name ? name : "*"));
    }
    return cell_join(all, "", ",", SHOWN_MAX, "<unset>");
}

json_t *cell_slice_endpoints(const json_t *object)
{
    cleanup_json json_t *all = json_array();
    size_t i;
    json_t *endpoint;

    json_array_foreach (json_object_get(object, "endpoints"), i, endpoint) {
        json_array_extend(all, json_object_get(endpoint, "addresses"));
    }
    return cell_join(all, "", ",", SHOWN_MAX, "<unset>");
}

/* ---- Ingresses ---- */

json_t *cell_hosts(const json_t *object)
{
    return cell_join(place_at(object, ".spec.rules"), ".host", ",", SHOWN_MAX, "*");
}

json_t *cell_ingress_address(const json_t *object)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;

    put_ingress(&text, object);
    return json_string(text.data);
}

json_t *cell_ingress_ports(const json_t *object)
{
    return json_string(place_at(object, ".spec.tls[0]") ? "80, 443" : "80");
}

json_t *cell_parameters(const json_t *object)
{
    const json_t *parameters = place_at(object, ".spec.parameters");
    const char *group = cell_text(parameters, ".apiGroup");

    if (!parameters)
        return json_string("<none>");
    return json_sprintf("%s%s%s/%s", cell_text(parameters, ".kind"), *group ? "." : "", group,
                        cell_text(parameters, ".name"));
}
