/* The address of a Valkey or Redis, as text. No I/O. */
#ifndef RELAY_REDIS_URL_H
#define RELAY_REDIS_URL_H

#include <stddef.h>

struct redis_url {
    char host[256]; /* an IPv6 address without its brackets */
    char port[6];
    char user[128], password[256]; /* decoded; may be empty */
    unsigned database;
};

/* redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]; 0, or QA_EINVAL with a sentence in `why`. */
int redis_url_parse(const char *text, struct redis_url *out, char *why, size_t why_size);

#endif
