/*
 * Policy: what an organisation lets a device do, whatever the person in front of it wants. It comes
 * from a file; one that cannot be read, trusted or understood allows nothing, and says why. Where
 * there are several policies, something is allowed if each of them allows it.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "link/ws_proxy.h"

#define POLICY_FILE_MAX  65536
#define POLICY_LIST_MAX  64
#define POLICY_WORDS_MAX 640

/* Who may have written the file, and what it means that there is none. */
enum policy_source {
    POLICY_OF_SYSTEM, /* root alone; none: everything is allowed */
    POLICY_OF_PROGRAM /* root or this process's user; none: nothing is allowed */
};

enum policy_role { POLICY_HELPER, POLICY_SHARER };

struct policy_list {
    char *texts[POLICY_LIST_MAX];
    size_t count;
};

/* All zero: everything is allowed. */
struct policy {
    char fault[POLICY_WORDS_MAX]; /* not empty: nothing is allowed, and why */
    bool off;
    unsigned denied;                  /* bits of qa_permission */
    struct policy_list relays;        /* "host:port"; none: all */
    struct policy_list organisations; /* none: all */
    char contact[200];                /* whom to ask; empty: not said */
    struct ws_proxy_rules proxies;
};

/* Reads the file; faults are in the policy. Freed with policy_free. */
void policy_read(struct policy *policy, const char *path, enum policy_source source);

void policy_free(struct policy *policy);

/*
 * Whether sessions at this relay (wss://...) are allowed at all. 0, or QA_EPOLICY and why in words
 * for the person in front of the device.
 */
int policy_check_relay(const struct policy *policy, const char *relay_url,
                       char words[POLICY_WORDS_MAX]);

/*
 * Whether a helper of this organisation, as the relay names it, is let in; or, with POLICY_HELPER,
 * whether somebody here may help as one of it. 0, or QA_EPOLICY and why.
 */
int policy_check_organisation(const struct policy *policy, const char *organisation,
                              enum policy_role role, char words[POLICY_WORDS_MAX]);

#endif
