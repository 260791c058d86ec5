/*
 * What `qa-relay --dev` needs to run at once on one machine: an authority and a certificate for
 * localhost, and one helper account with its token, all inside the state directory and used again
 * at the next start.
 */
#ifndef RELAY_DEV_H
#define RELAY_DEV_H

#include "relay/state.h"

#define DEV_HELPER_NAME "Dev Helper"

struct dev_files {
    char ca[STATE_PATH_MAX];
    char certificate[STATE_PATH_MAX];
    char key[STATE_PATH_MAX];
    char token[STATE_PATH_MAX];
};

/* 0, QA_EIO, QA_ENOMEM, QA_EINVAL (path too long); `why` says what to do. */
int dev_prepare(const char *state_dir, struct dev_files *out, char *why, size_t why_size);

#endif
