/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/http_easy.h"

#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 10000
/* A peer that vanished is noticed after about this time, with and without data on the way. */
#define DEAD_PEER_MS 30000

void easy_config_init(struct easy_config *config, const struct http_options *options)
{
    *config = (struct easy_config){
        .ca_pem = xstrdup(options->ca_pem),
        .client_cert_pem = xstrdup(options->client_cert_pem),
        .client_key_pem = xstrdup(options->client_key_pem),
        .insecure_skip_tls_verify = options->insecure_skip_tls_verify,
        .tls_server_name = xstrdup(options->tls_server_name),
        .proxy_url = xstrdup(options->proxy_url),
        .proxy_of_environment = options->proxy_of_environment,
        .user_agent = xstrdup(options->user_agent ? options->user_agent : "gitopsd"),
        .connect_timeout_ms =
            options->connect_timeout_ms ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS,
        .fence = fence_ref(options->fence),
    };
}

void easy_config_clear(struct easy_config *config)
{
    free(config->ca_pem);
    free(config->client_cert_pem);
    if (config->client_key_pem)
        explicit_bzero(config->client_key_pem, strlen(config->client_key_pem));
    free(config->client_key_pem);
    free(config->tls_server_name);
    free(config->proxy_url);
    free(config->user_agent);
    fence_unref(config->fence);
    *config = (struct easy_config){0};
}

/* Without this a connection to a node that vanished swallows requests for 15 minutes: keepalive
 * probes are not sent while data is unacknowledged. */
static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
    unsigned dead_ms = DEAD_PEER_MS;

    (void)arg;
    (void)purpose;
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
    return CURL_SOCKOPT_OK;
}

static curl_socket_t open_fenced(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd >= 0)
        fence_add(arg, fd);
    return fd;
}

static int close_fenced(void *arg, curl_socket_t fd)
{
    fence_remove(arg, fd);
    return close(fd);
}

static void set_fence(CURL *easy, struct fence *fence)
{
    if (!fence)
        return;
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_fenced);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fence);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_fenced);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, fence);
}

static void set_pem(CURL *easy, CURLoption option, char *pem)
{
    struct curl_blob blob = {.data = pem, .flags = CURL_BLOB_NOCOPY};

    if (!pem)
        return;
    blob.len = strlen(pem);
    curl_easy_setopt(easy, option, &blob);
}

static void set_tls(CURL *easy, const struct easy_config *config)
{
    set_pem(easy, CURLOPT_CAINFO_BLOB, config->ca_pem);
    set_pem(easy, CURLOPT_SSLCERT_BLOB, config->client_cert_pem);
    set_pem(easy, CURLOPT_SSLKEY_BLOB, config->client_key_pem);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (config->insecure_skip_tls_verify) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

CURL *easy_new(const struct easy_config *config, easy_write_fn *header, easy_write_fn *write)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        abort();
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver thread */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    if (!config->proxy_of_environment) {
        curl_easy_setopt(easy, CURLOPT_PROXY, config->proxy_url ? config->proxy_url : "");
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    }
    curl_easy_setopt(easy, CURLOPT_USERAGENT, config->user_agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L); /* rather a stream than a connection */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    set_fence(easy, config->fence);
    set_tls(easy, config);
    return easy;
}

void easy_lists_clear(struct easy_lists *lists)
{
    curl_slist_free_all(lists->headers);
    curl_slist_free_all(lists->connect_to);
    *lists = (struct easy_lists){0};
}

static void list_add(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);

    if (!longer)
        abort();
    *list = longer;
}

static bool headers_have(const char *const *headers, const char *name)
{
    size_t len = strlen(name);

    for (; headers && *headers; headers++)
        if (strncasecmp(*headers, name, len) == 0 && (*headers)[len] == ':')
            return true;
    return false;
}

/* curl takes the name to verify from the URL, so the URL gets that name, and CONNECT_TO and Host
 * what the URL said. */
static int set_server_name(CURL *easy, const char *url, const char *name, struct easy_lists *lists)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL, *renamed = NULL;
    cleanup_free char *connect_to = NULL;
    cleanup_free char *host_header = NULL;
    int rc = -1;

    if (!u)
        abort();
    if (!curl_url_set(u, CURLUPART_URL, url, 0) && !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
        !curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) &&
        !curl_url_set(u, CURLUPART_HOST, name, 0) && !curl_url_get(u, CURLUPART_URL, &renamed, 0)) {
        connect_to = xasprintf("%s:%s:%s:%s", name, port, host, port);
        host_header = xasprintf("Host: %s:%s", host, port);
        list_add(&lists->connect_to, connect_to);
        list_add(&lists->headers, host_header);
        curl_easy_setopt(easy, CURLOPT_URL, renamed);
        rc = 0;
    }
    curl_free(host);
    curl_free(port);
    curl_free(renamed);
    curl_url_cleanup(u);
    return rc;
}

static void set_method(CURL *easy, const struct http_request_spec *spec, const void *body)
{
    bool bodiless = streq(spec->method, "GET") || streq(spec->method, "HEAD") ||
                    streq(spec->method, "DELETE") || streq(spec->method, "OPTIONS");

    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (body || !bodiless) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)spec->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body ? body : "");
    } else if (streq(spec->method, "HEAD")) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, spec->method);
}

int easy_prepare(CURL *easy, const struct easy_config *config, const struct http_request_spec *spec,
                 const void *body, struct easy_lists *lists, struct error **err)
{
    bool tls = strncasecmp(spec->url, "https://", 8) == 0;

    if (!tls && strncasecmp(spec->url, "http://", 7) != 0)
        return error_set(err, ERROR_INVALID, "only http and https URLs are supported");
    for (const char *const *h = spec->headers; h && *h; h++)
        list_add(&lists->headers, *h);
    if (!headers_have(spec->headers, "Content-Type"))
        list_add(&lists->headers, "Content-Type:"); /* not curl's form-urlencoded */
    list_add(&lists->headers, "Expect:");
    if (!tls || !config->tls_server_name)
        curl_easy_setopt(easy, CURLOPT_URL, spec->url);
    else if (set_server_name(easy, spec->url, config->tls_server_name, lists) < 0)
        return error_set(err, ERROR_INVALID, "malformed URL or TLS server name");
    set_method(easy, spec, body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lists->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, lists->connect_to);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)spec->timeout_ms);
    /* Without TLS nothing can be multiplexed, and PIPEWAIT would wait to find that out. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long)(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    return 0;
}

static enum error_kind kind_of(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ERROR_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_INVALIDCERTSTATUS: return ERROR_DENIED;
    case CURLE_URL_MALFORMAT: return ERROR_INVALID;
    default: return ERROR_UNAVAILABLE;
    }
}

/* Times and counts would make the same failure look like a new one each time. */
static void drop_numbers(char *text)
{
    char *after = strstr(text, " after ");
    char *with = strstr(text, " with ");
    char *end;

    if (with)
        *with = '\0';
    if (!after || !isdigit((unsigned char)after[7]))
        return;
    end = after + 7 + strspn(after + 7, "0123456789");
    if (str_has_prefix(end, " milliseconds"))
        end += 13;
    else if (str_has_prefix(end, " ms"))
        end += 3;
    memmove(after, end, strlen(end) + 1);
}

int easy_error(CURLcode code, const char *detail, struct error **err)
{
    cleanup_free char *text = xstrdup(detail[0] ? detail : curl_easy_strerror(code));

    if (code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT)
        drop_numbers(text);
    return error_set(err, kind_of(code), "%s", text);
}

static int easy_version(CURL *easy)
{
    long version = 0;

    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_2_0 ? 20 : version == CURL_HTTP_VERSION_1_0 ? 10 : 11;
}

int easy_status(CURL *easy)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static const char *easy_etag(CURL *easy)
{
    struct curl_header *header;

    return curl_easy_header(easy, "ETag", 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value
                                                                                     : "";
}

static const char *easy_redirect_url(CURL *easy)
{
    char *url = NULL;

    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url);
    return url ? url : "";
}

void easy_answer(CURL *easy, struct http_response *response)
{
    curl_off_t retry_after = 0;
    const char *type = NULL;

    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
    response->status = easy_status(easy);
    response->version = easy_version(easy);
    response->content_type = type ? type : "";
    response->etag = easy_etag(easy);
    response->redirect_url = easy_redirect_url(easy);
    response->retry_after_ms = retry_after > 0 ? (uint64_t)retry_after * 1000 : 0;
}

bool easy_is_get(CURL *easy)
{
    const char *method = NULL;

    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_METHOD, &method);
    return method && strcmp(method, "GET") == 0;
}

bool easy_was_cut_off(CURLcode code)
{
    return code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM || code == CURLE_RECV_ERROR ||
           code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE;
}
