#include "qa-share/share_link.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEME "qassist://"

bool share_link_meant(const char *text)
{
    size_t word = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    return word && text[word] == ':';
}

/* [2001:db8::1] is taken for its characters; whether it is an address shows when it is used. */
static size_t host_length(const char *text)
{
    if (*text == '[') {
        size_t inside = strspn(text + 1, "0123456789abcdefABCDEF:.");
        return inside && text[1 + inside] == ']' ? inside + 2 : 0;
    }
    return *text == '-' ? 0
                        : strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789.-");
}

/* Bytes of host and port at `text`; 0 where they are none. */
static size_t authority_length(const char *text)
{
    size_t host = host_length(text);
    if (!host || text[host] != ':')
        return host;
    size_t digits = strspn(text + host + 1, "0123456789");
    long port = digits && digits <= 5 ? strtol(text + host + 1, NULL, 10) : 0;
    return port >= 1 && port <= 65535 ? host + 1 + digits : 0;
}

bool share_link_read(const char *text, struct share_link *out)
{
    *out = (struct share_link){0};
    if (strncasecmp(text, SCHEME, strlen(SCHEME)) != 0)
        return false;
    const char *host = text + strlen(SCHEME);
    size_t length = authority_length(host);
    const char *rest = host + length;
    if (length >= sizeof out->host || (!length && *rest != '/') || (*rest && *rest != '/'))
        return false;
    rest += *rest == '/';
    /* The digits and the dashes between them, all else is none of our making. */
    size_t bytes = strlen(rest);
    if (strspn(rest, "0123456789-") != bytes || bytes >= CODE_GROUPED_SIZE)
        return false;
    code_digits_only(rest, bytes, out->digits, sizeof out->digits);
    memcpy(out->host, host, length);
    return true;
}
