#include "relay/ticket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "relay/sealed.h"
#include "relay/state.h"

#define KEY_NAME  "ticket.key"
#define LOCK_NAME "ticket.lock"
#define VERSION   2

/* version, role, sid, account, node, issued, expires */
#define PLAIN_BYTES (2 + RELAY_SID_BYTES + ACCOUNTS_ID_DIGITS + NODE_NAME_DIGITS + 16)
/* Of a file that nodes have alike. */
#define SHARED_KEY_MIN 32
#define SHARED_KEY_MAX 4096

_Static_assert(PLAIN_BYTES <= SEALED_PLAIN_MAX &&
                   SEALED_TEXT_SIZE(PLAIN_BYTES) <= RELAY_TICKET_MAX + 1,
               "a ticket fits its field");

/* ---- the key ---- */

static bool readable_by_others(const char *path)
{
    struct stat status;
    return !stat(path, &status) && (status.st_mode & 077);
}

static int read_key(const char *path, struct ticket_key *out)
{
    char *data;
    size_t length;
    int error = private_file_read(path, sizeof out->bytes, &data, &length);
    if (error == QA_ELIMIT)
        errno = EBADMSG;
    if (error)
        return error == QA_ENOMEM ? error : QA_EIO;
    if (length == sizeof out->bytes) {
        memcpy(out->bytes, data, length);
    } else {
        errno = EBADMSG;
        error = QA_EIO;
    }
    sodium_memzero(data, length);
    free(data);
    return error;
}

int ticket_key_load(const char *state_dir, struct ticket_key *out, bool *replaced)
{
    char path[STATE_PATH_MAX];
    *replaced = false;
    if (state_path(path, state_dir, KEY_NAME)) {
        errno = ENAMETOOLONG;
        return QA_EIO;
    }
    int lock = state_lock(state_dir, LOCK_NAME);
    if (lock < 0)
        return QA_EIO;
    *replaced = readable_by_others(path);
    int error = *replaced ? QA_EIO : read_key(path, out);
    if (*replaced || (error == QA_EIO && errno == ENOENT)) {
        random_bytes(out->bytes, sizeof out->bytes);
        error = private_file_replace(path, out->bytes, sizeof out->bytes);
    }
    int kept = errno;
    close(lock);
    errno = kept;
    return error;
}

int ticket_key_shared(const char *path, struct ticket_key *out, char *why, size_t why_size)
{
    char *data;
    size_t length;
    if (readable_by_others(path)) {
        snprintf(why, why_size, "the cluster key %s can be read by others; chmod 600 it", path);
        return QA_EIO;
    }
    int error = private_file_read(path, SHARED_KEY_MAX, &data, &length);
    if (error) {
        snprintf(why, why_size, "the cluster key %s cannot be read: %s", path,
                 error == QA_ELIMIT ? "it is too long" : strerror(errno));
        return QA_EIO;
    }
    if (length >= SHARED_KEY_MIN) {
        crypto_generichash(out->bytes, sizeof out->bytes, (const uint8_t *)data, length, NULL, 0);
    } else {
        snprintf(why, why_size,
                 "the cluster key %s is shorter than %d bytes; make one with "
                 "openssl rand -hex 32",
                 path, SHARED_KEY_MIN);
        error = QA_EIO;
    }
    sodium_memzero(data, length);
    free(data);
    return error;
}

/* ---- tickets ---- */

void ticket_issue(const struct ticket_key *key, const struct ticket *ticket,
                  char out[RELAY_TICKET_MAX + 1])
{
    uint8_t plain[PLAIN_BYTES], *at = plain;
    *at++ = VERSION;
    *at++ = (uint8_t)ticket->role;
    memcpy(at, ticket->sid, RELAY_SID_BYTES);
    at += RELAY_SID_BYTES;
    memcpy(at, ticket->account, ACCOUNTS_ID_DIGITS);
    at += ACCOUNTS_ID_DIGITS;
    memcpy(at, ticket->node, NODE_NAME_DIGITS);
    at += NODE_NAME_DIGITS;
    sealed_put_seconds(at, ticket->issued);
    sealed_put_seconds(at + 8, ticket->expires);
    sealed_write(key->bytes, plain, sizeof plain, out, RELAY_TICKET_MAX + 1);
    sodium_memzero(plain, sizeof plain);
}

int ticket_open(const struct ticket_key *key, int64_t now, const char *text, struct ticket *out)
{
    uint8_t plain[SEALED_PLAIN_MAX];
    memset(out, 0, sizeof *out);
    if (sealed_read(key->bytes, text, plain) != PLAIN_BYTES)
        return QA_EAUTH;
    const uint8_t *at = plain;
    if (*at++ != VERSION || *at > TICKET_SHARER)
        return QA_EAUTH;
    out->role = (enum ticket_role) * at++;
    memcpy(out->sid, at, RELAY_SID_BYTES);
    at += RELAY_SID_BYTES;
    memcpy(out->account, at, ACCOUNTS_ID_DIGITS);
    at += ACCOUNTS_ID_DIGITS;
    memcpy(out->node, at, NODE_NAME_DIGITS);
    at += NODE_NAME_DIGITS;
    out->issued = sealed_get_seconds(at);
    out->expires = sealed_get_seconds(at + 8);
    return now >= out->expires ? QA_ECODE_EXPIRED : 0;
}
