#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "base/buffer.h"
#include "http/curl_library.h"

#define CONNECT_SECONDS 10L
#define WHOLE_SECONDS   20L

struct http_request {
    struct http *http;
    struct http_request *next;
    CURL *easy;
    struct curl_slist *headers;
    char *form;
    struct buffer body;
    bool too_long;
    char error[CURL_ERROR_SIZE];
    http_done_fn done;
    void *user;
};

/* A descriptor that libcurl wants to hear of. */
struct watch {
    struct http *http;
    uv_poll_t poll;
    curl_socket_t fd;
};

struct http {
    struct curl_library curl;
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct http_request *requests;
    size_t count;
    size_t handles; /* of the loop */
    bool closing;
    void (*closed)(void *user);
    void *closed_user;
};

/* ---- addresses ---- */

static bool host_is(const char *at, const char *host)
{
    size_t length = strlen(host);
    return !strncmp(at, host, length) && (!at[length] || strchr(":/?", at[length]));
}

bool http_url_allowed(const char *url)
{
    size_t length = strnlen(url, HTTP_URL_MAX);
    if (length >= HTTP_URL_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (url[i] <= ' ' || url[i] > '~' || strchr("\\\"<>#", url[i]))
            return false;
    bool secure = !strncmp(url, "https://", 8);
    if (!secure && strncmp(url, "http://", 7) != 0)
        return false;
    const char *host = url + (secure ? 8 : 7);
    size_t authority = strcspn(host, "/?");
    if (!authority || *host == ':' || memchr(host, '@', authority))
        return false;
    return secure || host_is(host, "localhost") || host_is(host, "127.0.0.1") ||
           host_is(host, "[::1]");
}

void http_discovery_url(const char *issuer, char out[HTTP_URL_MAX])
{
    size_t length = strnlen(issuer, HTTP_URL_MAX);
    if (length && issuer[length - 1] == '/')
        length--;
    snprintf(out, HTTP_URL_MAX, "%.*s/.well-known/openid-configuration", (int)length, issuer);
}

/* ---- the end of a request ---- */

static void free_request(struct http_request *request)
{
    struct http *http = request->http;
    for (struct http_request **at = &http->requests; *at; at = &(*at)->next) {
        if (*at == request) {
            *at = request->next;
            http->count--;
            break;
        }
    }
    if (request->easy) {
        http->curl.multi_remove_handle(http->multi, request->easy);
        http->curl.easy_cleanup(request->easy);
    }
    http->curl.slist_free_all(request->headers);
    buffer_free(&request->body);
    if (request->form)
        sodium_memzero(request->form, strlen(request->form));
    free(request->form);
    free(request);
}

void http_abandon(struct http_request *request)
{
    if (request)
        free_request(request);
}

static bool is_about_trust(CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_ISSUER_ERROR;
}

/* What libcurl says may hold a proxy's address as it was set, with the password in it. */
static const char *words_of(const struct http_request *request, CURLcode code)
{
    bool fit = request->error[0] && !strchr(request->error, '@');
    return fit ? request->error : request->http->curl.easy_strerror(code);
}

static void finish(struct http_request *request, CURLcode code)
{
    struct http *http = request->http;
    struct http_answer answer = {.detail = ""};
    http->curl.easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &answer.status);
    if (request->too_long) {
        answer.error = QA_ELIMIT;
        answer.detail = "the answer is too long";
    } else if (code != CURLE_OK) {
        answer.error = is_about_trust(code) ? QA_ETRUST : QA_ERELAY;
        answer.detail = words_of(request, code);
        http->curl.easy_getinfo(request->easy, CURLINFO_HTTP_CONNECTCODE, &answer.proxy_status);
        if (answer.proxy_status < 300)
            answer.proxy_status = 0;
    } else if (buffer_append(&request->body, "", 1)) {
        answer.error = QA_ENOMEM;
        answer.detail = "out of memory";
    }
    answer.body = answer.error ? "" : (const char *)buffer_data(&request->body);
    answer.length = answer.error ? 0 : request->body.length - 1;
    request->done(request->user, &answer);
    free_request(request);
}

static void finish_done(struct http *http)
{
    int left;
    CURLMsg *message;
    while ((message = http->curl.multi_info_read(http->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        char *private = NULL;
        http->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        finish((struct http_request *)(void *)private, code);
    }
}

/* ---- the loop ---- */

static void handle_closed(struct http *http)
{
    if (--http->handles)
        return;
    void (*closed)(void *user) = http->closed;
    void *user = http->closed_user;
    curl_library_close(&http->curl);
    free(http);
    if (closed)
        closed(user);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct http *http = watch->http;
    free(watch);
    handle_closed(http);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http *http = watch->http;
    int running, flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                         (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) |
                         (status < 0 ? CURL_CSELECT_ERR : 0);
    http->curl.multi_socket_action(http->multi, watch->fd, flags, &running);
    finish_done(http);
}

static void on_timer(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running;
    http->curl.multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_done(http);
}

static int set_timer(CURLM *multi, long milliseconds, void *user)
{
    struct http *http = user;
    if (http->closing)
        return 0;
    if (milliseconds < 0)
        uv_timer_stop(&http->timer);
    else
        uv_timer_start(&http->timer, on_timer, (uint64_t)milliseconds, 0);
    return 0;
}

static struct watch *add_watch(struct http *http, curl_socket_t fd)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    watch->http = http;
    watch->fd = fd;
    if (uv_poll_init_socket(http->loop, &watch->poll, fd)) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    http->handles++;
    http->curl.multi_assign(http->multi, fd, watch);
    return watch;
}

static int set_watch(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
    struct http *http = user;
    struct watch *watch = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            http->curl.multi_assign(http->multi, fd, NULL);
            uv_poll_stop(&watch->poll);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        }
        return 0;
    }
    if (!watch && !(watch = add_watch(http, fd)))
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_poll) ? -1 : 0;
}

/* ---- starting ---- */

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct http_request *request = user;
    size_t length = size * count;
    if (!buffer_append(&request->body, data, length))
        return length;
    request->too_long = true;
    return 0;
}

/* libcurl takes user and password apart, and copies both. */
static int set_proxy(struct http_request *request, const struct http_order *order)
{
    struct curl_library *curl = &request->http->curl;
    CURL *easy = request->easy;
    if (!order->proxy)
        return 0;
    if (curl->easy_setopt(easy, CURLOPT_PROXY, order->proxy) ||
        curl->easy_setopt(easy, CURLOPT_NOPROXY, "") ||
        curl->easy_setopt(easy, CURLOPT_PROXYTYPE, (long)CURLPROXY_HTTP) ||
        curl->easy_setopt(easy, CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC))
        return QA_ENOMEM;
    const char *colon = order->proxy_auth ? strchr(order->proxy_auth, ':') : NULL;
    if (!colon)
        return 0;
    char *user = strndup(order->proxy_auth, (size_t)(colon - order->proxy_auth));
    bool failed = !user || curl->easy_setopt(easy, CURLOPT_PROXYUSERNAME, user) ||
                  curl->easy_setopt(easy, CURLOPT_PROXYPASSWORD, colon + 1);
    free(user);
    return failed ? QA_ENOMEM : 0;
}

static int set_up(struct http_request *request, const struct http_order *order)
{
    struct curl_library *curl = &request->http->curl;
    CURL *easy = request->easy;
    request->headers = curl->slist_append(NULL, "Accept: application/json");
    bool failed = !request->headers || curl->easy_setopt(easy, CURLOPT_URL, order->url) ||
                  curl->easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers) ||
                  curl->easy_setopt(easy, CURLOPT_PRIVATE, request) ||
                  curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error) ||
                  curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) ||
                  curl->easy_setopt(easy, CURLOPT_WRITEDATA, request) ||
                  curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) ||
                  curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) ||
                  curl->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) ||
                  curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http") ||
                  curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ||
                  curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) ||
                  curl->easy_setopt(easy, CURLOPT_TIMEOUT, WHOLE_SECONDS) ||
                  curl->easy_setopt(easy, CURLOPT_USERAGENT, "qassist/" QASSIST_VERSION);
    if (!failed && order->ca_file)
        failed = curl->easy_setopt(easy, CURLOPT_CAINFO, order->ca_file) ||
                 curl->easy_setopt(easy, CURLOPT_CAPATH, NULL);
    if (!failed && request->form)
        failed = curl->easy_setopt(easy, CURLOPT_POSTFIELDS, request->form);
    return failed ? QA_ENOMEM : set_proxy(request, order);
}

int http_start(struct http *http, const struct http_order *order, http_done_fn done, void *user,
               struct http_request **out)
{
    *out = NULL;
    if (!http_url_allowed(order->url))
        return QA_EINVAL;
    if (http->count >= HTTP_REQUESTS_MAX)
        return QA_ELIMIT;
    struct http_request *request = calloc(1, sizeof *request);
    if (!request)
        return QA_ENOMEM;
    request->http = http;
    request->done = done;
    request->user = user;
    buffer_init(&request->body, HTTP_BODY_MAX);
    request->next = http->requests;
    http->requests = request;
    http->count++;
    request->form = order->form ? strdup(order->form) : NULL;
    request->easy = http->curl.easy_init();
    int error =
        !request->easy || (order->form && !request->form) ? QA_ENOMEM : set_up(request, order);
    if (!error && http->curl.multi_add_handle(http->multi, request->easy))
        error = QA_ENOMEM;
    if (error) {
        free_request(request);
        return error;
    }
    *out = request;
    return 0;
}

/* ---- life ---- */

int http_new(uv_loop_t *loop, struct http **out)
{
    *out = NULL;
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        return QA_ENOMEM;
    if (curl_library_open(&http->curl)) {
        free(http);
        return QA_EIO;
    }
    http->loop = loop;
    http->multi = http->curl.multi_init();
    if (!http->multi) {
        curl_library_close(&http->curl);
        free(http);
        return QA_ENOMEM;
    }
    uv_timer_init(loop, &http->timer);
    http->timer.data = http;
    http->handles = 1;
    http->curl.multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, set_watch);
    http->curl.multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    http->curl.multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    http->curl.multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    *out = http;
    return 0;
}

void http_free(struct http *http, void (*done)(void *user), void *user)
{
    if (!http)
        return;
    http->closing = true;
    http->closed = done;
    http->closed_user = user;
    while (http->requests)
        free_request(http->requests);
    http->curl.multi_cleanup(http->multi);
    uv_close((uv_handle_t *)&http->timer, on_timer_closed);
}
