/*
 * What the relay says to browsers and programs over plain HTTP, as text: the page for sharers, in
 * their language, its style, and /.well-known/qassist. No I/O; endpoint.c sends it. What comes from
 * a browser is shown only where it is plain enough.
 */
#ifndef RELAY_WEB_H
#define RELAY_WEB_H

#include "relay/server.h"

#define WEB_BODY_MAX 15000

struct web_request {
    const char *path;
    const char *host;      /* as the browser says; may be empty */
    const char *languages; /* Accept-Language; may be empty */
};

struct web_answer {
    const char *type;     /* of the content */
    const char *language; /* of the page; NULL: it has none */
    size_t length;
    char body[WEB_BODY_MAX];
};

/* False: there is nothing at this path. */
bool web_answer(const struct relay_server *server, const struct web_request *request,
                struct web_answer *out);

#endif
