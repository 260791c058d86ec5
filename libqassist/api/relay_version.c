#include "api/relay_version.h"

#include <stdio.h>
#include <string.h>

#include "api/policies.h"
#include "link/ws_proxy.h"
#include "wire/relay_description.h"

static void end(struct session *session, int error)
{
    session_step(session, &(struct session_event){.type = EVENT_LINK_CLOSED, .error = error});
}

static void on_answer(void *user, const struct http_answer *answer)
{
    struct session *session = user;
    char spoken[RELAY_PROTOCOLS_MAX], words[sizeof session->detail];
    session->asking = NULL;
    if (answer->error || answer->status != 200 ||
        !relay_description_differs(answer->body, answer->length, spoken)) {
        end(session, QA_ERELAY);
        return;
    }
    snprintf(words, sizeof words, "the relay speaks %s, and this program %s", spoken,
             RELAY_SUBPROTOCOL);
    session->detail[0] = '\0';
    session_set_detail(session, words);
    end(session, QA_EVERSION);
}

static int ask(struct session *session)
{
    qa_context *context = session->context;
    struct ws_url url;
    struct ws_proxy proxy;
    struct http *http;
    char address[WS_URL_MAX], words[WS_PROXY_WORDS_MAX];
    int error = ws_url_parse(context->relay_url, &url);
    if (!error)
        error = ws_proxy_choose(context_proxies(context), url.host, url.port, &proxy, words);
    if (!error)
        error = context_http(context, &http);
    if (error)
        return error;
    snprintf(address, sizeof address, "https://%s" RELAY_DESCRIPTION_PATH, url.authority);
    const struct http_order order = {.url = address,
                                     .ca_file = context->ca_file,
                                     .proxy = proxy.host[0] ? proxy.shown : "",
                                     .proxy_auth = proxy.auth};
    error = http_start(http, &order, on_answer, session, &session->asking);
    explicit_bzero(&proxy, sizeof proxy);
    return error;
}

void relay_version_ask(struct session *session, const char *detail)
{
    session_set_detail(session, detail);
    /* After a break it was one of ours before. */
    if (session->core->state != QA_STATE_CONNECTING || ask(session))
        end(session, QA_ERELAY);
}

void relay_version_abandon(struct session *session)
{
    http_abandon(session->asking);
    session->asking = NULL;
}
