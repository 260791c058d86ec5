/*
 * The file that says whose sign-ins are taken: INI, a section for each issuer. Read once, checked
 * whole, and refused with the line that is wrong.
 */
#ifndef RELAY_ISSUERS_FILE_H
#define RELAY_ISSUERS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "wire/relay_message.h"

#define ISSUERS_VALUES_MAX 64 /* tenants of an issuer, values of a claim */
#define ISSUERS_CLAIM_MAX  127
#define ISSUERS_PATH_MAX   255

struct issuer_values {
    char *list[ISSUERS_VALUES_MAX];
    size_t count;
};

struct issuer_settings {
    struct relay_issuer shown;           /* what helpers are told */
    char subject[ISSUERS_CLAIM_MAX + 1]; /* the claim that tells one user from another */
    char claim[ISSUERS_CLAIM_MAX + 1];   /* who helps must have one of `values` there; empty: all */
    struct issuer_values values, tenants;
    unsigned algorithms;
    unsigned renew_days; /* how long after a sign-in its refreshed tokens are taken */
    unsigned refetch_s;  /* least time between two looks at the issuer's keys */
    char ca_file[ISSUERS_PATH_MAX + 1];
};

struct issuers_file {
    struct issuer_settings list[RELAY_ISSUERS_MAX];
    size_t count;
    unsigned token_lifetime_s;
};

/* 0, QA_EINVAL with a sentence in `why`, QA_EIO likewise, QA_ENOMEM. */
int issuers_file_read(const char *path, struct issuers_file *out, char *why, size_t why_size);

void issuers_file_free(struct issuers_file *file);

#endif
