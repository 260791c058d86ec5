#include "relay/redis_url.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <qassist/errors.h>

#include "base/percent.h"

#define SCHEME       "redis://"
#define DATABASE_MAX 1000

/* "[USER]:PASSWORD" or, as others allow, "PASSWORD" alone is not taken: it is a user's place. */
static bool read_login(const char *text, size_t length, struct redis_url *out)
{
    const char *colon = memchr(text, ':', length);
    if (!colon)
        return false;
    size_t user = (size_t)(colon - text);
    return percent_decode(text, user, out->user, sizeof out->user) &&
           percent_decode(colon + 1, length - user - 1, out->password, sizeof out->password) &&
           out->password[0];
}

static bool read_host(const char *text, size_t length, struct redis_url *out)
{
    const char *end = text + length, *host = text, *host_end;
    if (length && *text == '[') {
        host++;
        host_end = memchr(text, ']', length);
        text = host_end ? host_end + 1 : end;
    } else {
        host_end = memchr(text, ':', length);
        if (!host_end)
            host_end = end;
        text = host_end;
    }
    if (!host_end || host_end == host || (size_t)(host_end - host) >= sizeof out->host)
        return false;
    memcpy(out->host, host, (size_t)(host_end - host));
    strcpy(out->port, "6379");
    if (text == end)
        return true;
    size_t digits = (size_t)(end - text) - 1;
    if (*text != ':' || !digits || digits > 5 || strspn(text + 1, "0123456789") < digits)
        return false;
    memcpy(out->port, text + 1, digits);
    out->port[digits] = '\0';
    return atol(out->port) >= 1 && atol(out->port) <= 65535;
}

static bool read_database(const char *text, struct redis_url *out)
{
    if (!*text || !strcmp(text, "/"))
        return true;
    size_t digits = strlen(text + 1);
    if (digits > 4 || strspn(text + 1, "0123456789") != digits)
        return false;
    out->database = (unsigned)atoi(text + 1);
    return out->database < DATABASE_MAX;
}

int redis_url_parse(const char *text, struct redis_url *out, char *why, size_t why_size)
{
    memset(out, 0, sizeof *out);
    if (!strncmp(text, "rediss://", 9)) {
        snprintf(why, why_size,
                 "--directory: this build speaks to the directory without TLS; reach "
                 "it over loopback, a private network or a tunnel with redis://");
        return QA_EINVAL;
    }
    bool good = !strncmp(text, SCHEME, strlen(SCHEME));
    if (good) {
        text += strlen(SCHEME);
        size_t length = strcspn(text, "/?#");
        const char *at = memrchr(text, '@', length);
        const char *host = at ? at + 1 : text;
        good = (!at || read_login(text, (size_t)(at - text), out)) &&
               read_host(host, length - (size_t)(host - text), out) &&
               read_database(text + length, out);
    }
    if (good)
        return 0;
    explicit_bzero(out, sizeof *out);
    snprintf(why, why_size,
             "--directory wants redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]; what has a meaning "
             "in addresses (@ : / %%) is written as %%XX in a password");
    return QA_EINVAL;
}
