#include "api/origin.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *origin_of_url(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t length = strcspn(host, "/?#");
    /* A colon after the brackets of an IPv6 address, or the only one, starts the port. */
    const char *bracket = memchr(host, ']', length);
    const char *after = bracket ? bracket : host;
    bool has_port = memchr(after, ':', length - (size_t)(after - host)) != NULL;

    size_t size = strlen("https://") + length + strlen(":443") + 1;
    char *origin = malloc(size);
    if (!origin)
        return NULL;
    snprintf(origin, size, "https://%.*s%s", (int)length, host, has_port ? "" : ":443");
    for (char *c = origin; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return origin;
}
