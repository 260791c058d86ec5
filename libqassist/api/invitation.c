#include "api/invitation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/private_file.h"
#include "base/random.h"
#include "link/ws.h"

#define FILE_NAME   "invitation"
#define FIRST_LINE  "qassist invitation 1"
#define FILE_MAX    4096
#define VARIANT     sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define SEALED_TEXT sodium_base64_ENCODED_LEN(INVITATION_SEALED, VARIANT)

int invitation_directory(const char *given, char out[INVITATION_PATH_MAX])
{
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (given)
        length = snprintf(out, INVITATION_PATH_MAX, "%s", given);
    else if (base && *base == '/')
        length = snprintf(out, INVITATION_PATH_MAX, "%s/qassist", base);
    else if (home && *home == '/')
        length = snprintf(out, INVITATION_PATH_MAX, "%s/.local/state/qassist", home);
    else
        return QA_EIO;
    return length > 0 && length < INVITATION_PATH_MAX - 64 ? 0 : QA_EIO;
}

static void path_of(const char *directory, const char *name, char out[INVITATION_PATH_MAX])
{
    snprintf(out, INVITATION_PATH_MAX, "%s/%s", directory, name);
}

/* The readable part; what is sealed holds its digest, so that nobody alters either. */
static int write_head(const struct invitation *invitation, char *out, size_t size)
{
    int length = snprintf(out, size, "%s\n%s\n%lld\n%s\n", FIRST_LINE, invitation->relay_url,
                          (long long)invitation->expires, invitation->ticket);
    return length > 0 && (size_t)length < size ? length : QA_EIO;
}

static int digest_of(const struct invitation *invitation, uint8_t out[INVITATION_DIGEST])
{
    char head[FILE_MAX];
    int length = write_head(invitation, head, sizeof head);
    if (length < 0)
        return length;
    crypto_generichash(out, INVITATION_DIGEST, (const uint8_t *)head, (size_t)length, NULL, 0);
    return 0;
}

void invitation_remove(const char *directory)
{
    char path[INVITATION_PATH_MAX];
    path_of(directory, FILE_NAME, path);
    unlink(path);
}

/* ---- writing ---- */

static int store(const char *directory, const struct invitation *invitation)
{
    char text[FILE_MAX], path[INVITATION_PATH_MAX], sealed[SEALED_TEXT];
    int length = write_head(invitation, text, sizeof text);
    if (length < 0)
        return length;
    sodium_bin2base64(sealed, sizeof sealed, invitation->sealed, sizeof invitation->sealed,
                      VARIANT);
    int rest = snprintf(text + length, sizeof text - (size_t)length, "%s\n", sealed);
    if (rest < 0 || (size_t)rest >= sizeof text - (size_t)length)
        return QA_EIO;
    path_of(directory, FILE_NAME, path);
    int error = private_directory_make(directory);
    return error ? error : private_file_replace(path, text, (size_t)(length + rest));
}

int invitation_write(const char *directory, const char *relay_url, const char *ticket, int64_t now,
                     const struct invitation_secret *secret, uint8_t seal[SEAL_KEY_BYTES])
{
    struct invitation invitation = {.expires = now + INVITATION_SECONDS};
    uint8_t plain[sizeof *secret + INVITATION_DIGEST];
    if (strlen(relay_url) > INVITATION_URL_MAX || strlen(ticket) > RELAY_TICKET_MAX)
        return QA_EIO;
    strcpy(invitation.relay_url, relay_url);
    strcpy(invitation.ticket, ticket);
    int error = digest_of(&invitation, plain + sizeof *secret);
    if (error)
        return error;
    memcpy(plain, secret, sizeof *secret);
    random_bytes(seal, SEAL_KEY_BYTES);
    seal_close(seal, plain, sizeof plain, invitation.sealed);
    sodium_memzero(plain, sizeof plain);
    error = store(directory, &invitation);
    if (error) {
        /* It may be there all the same, and nobody will have its key. */
        invitation_remove(directory);
        sodium_memzero(seal, SEAL_KEY_BYTES);
    }
    return error;
}

/* ---- reading ---- */

/* Cuts off the next line; NULL when there is none. */
static char *take_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static bool parse(char *text, struct invitation *out)
{
    char *at = text, *first = take_line(&at), *url, *expires, *ticket, *sealed, *end;
    size_t length;
    if (!first || strcmp(first, FIRST_LINE) != 0 || !(url = take_line(&at)) ||
        !(expires = take_line(&at)) || !(ticket = take_line(&at)) || !(sealed = take_line(&at)) ||
        *at)
        return false;
    errno = 0;
    out->expires = strtoll(expires, &end, 10);
    if (errno || end == expires || *end || strlen(url) > INVITATION_URL_MAX || ws_url_check(url) ||
        !*ticket || strlen(ticket) > RELAY_TICKET_MAX)
        return false;
    strcpy(out->relay_url, url);
    strcpy(out->ticket, ticket);
    return !sodium_base642bin(out->sealed, sizeof out->sealed, sealed, strlen(sealed), NULL,
                              &length, NULL, VARIANT) &&
           length == sizeof out->sealed;
}

/* NULL when it can be used, else why not. */
static const char *read_file(const char *path, struct invitation *out)
{
    struct stat status;
    char *text;
    size_t length;
    memset(out, 0, sizeof *out);
    if (lstat(path, &status))
        return "there is none on this computer";
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077))
        return "it was open to others, so it cannot be trusted";
    if (private_file_read(path, FILE_MAX, &text, &length))
        return "it cannot be read";
    bool good = !memchr(text, '\0', length) && parse(text, out);
    sodium_memzero(text, length);
    free(text);
    return good ? NULL : "it is damaged";
}

/* A clock that was set back gives nobody more time than there ever is. */
static bool is_over(const struct invitation *invitation, int64_t now)
{
    return now >= invitation->expires || invitation->expires - now > INVITATION_SECONDS;
}

void invitation_purge(const char *directory, int64_t now)
{
    char path[INVITATION_PATH_MAX];
    struct invitation invitation;
    struct stat status;
    path_of(directory, FILE_NAME, path);
    if (!lstat(path, &status) && (read_file(path, &invitation) || is_over(&invitation, now)))
        unlink(path);
    sodium_memzero(&invitation, sizeof invitation);
}

int invitation_take(const char *directory, int64_t now, struct invitation *out, const char **why)
{
    char path[INVITATION_PATH_MAX], mine[INVITATION_PATH_MAX], name[64];
    snprintf(name, sizeof name, FILE_NAME ".%ld", (long)getpid());
    path_of(directory, FILE_NAME, path);
    path_of(directory, name, mine);
    /* Of two that come for it one gets it. */
    if (rename(path, mine)) {
        *why = "there is none on this computer";
        return QA_EINVITATION;
    }
    *why = read_file(mine, out);
    unlink(mine);
    if (!*why && is_over(out, now))
        *why = "it is older than twenty minutes";
    if (!*why)
        return 0;
    sodium_memzero(out, sizeof *out);
    return QA_EINVITATION;
}

int invitation_relay(const char *directory, char out[INVITATION_URL_MAX + 1])
{
    char path[INVITATION_PATH_MAX];
    struct invitation invitation;
    path_of(directory, FILE_NAME, path);
    if (read_file(path, &invitation))
        return QA_EINVITATION;
    strcpy(out, invitation.relay_url);
    sodium_memzero(&invitation, sizeof invitation);
    return 0;
}

int invitation_unseal(const struct invitation *invitation, const uint8_t seal[SEAL_KEY_BYTES],
                      struct invitation_secret *out)
{
    uint8_t plain[sizeof *out + INVITATION_DIGEST], digest[INVITATION_DIGEST];
    int error = seal_open(seal, invitation->sealed, sizeof invitation->sealed, plain);
    if (!error)
        error = digest_of(invitation, digest);
    if (!error && sodium_memcmp(digest, plain + sizeof *out, sizeof digest))
        error = QA_ETAMPERED;
    if (!error)
        memcpy(out, plain, sizeof *out);
    sodium_memzero(plain, sizeof plain);
    return error;
}
