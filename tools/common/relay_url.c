#include "common/relay_url.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncasecmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool printable_without_space(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

bool relay_url_complete(const char *text, char out[RELAY_URL_SIZE])
{
    const char *rest = after_prefix(text, "wss://");
    if (!rest)
        rest = after_prefix(text, "https://");
    if (!rest)
        rest = text;
    if (!*rest || *rest == '/' || strstr(rest, "://") || !printable_without_space(rest))
        return false;
    int length = snprintf(out, RELAY_URL_SIZE, "wss://%s", rest);
    return length > 0 && length < RELAY_URL_SIZE;
}

void relay_url_host(const char *url, char out[RELAY_URL_SIZE])
{
    const char *start = after_prefix(url, "wss://");
    if (!start)
        start = url;
    snprintf(out, RELAY_URL_SIZE, "%.*s", (int)strcspn(start, "/?#"), start);
}
