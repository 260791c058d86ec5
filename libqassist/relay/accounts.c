#include "relay/accounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/random.h"
#include "relay/state.h"
#include "wire/printable.h"

#define FILE_NAME        "helpers"
#define LOCK_NAME        "helpers.lock"
#define FILE_HEADER      "qa-relay helpers 1\n"
#define FILE_MAX         (4u << 20)
#define ACCOUNT_LINE_MAX 512
#define TOKEN_PREFIX     "qa1."
#define SECRET_BYTES     32
#define SECRET_SIZE \
    sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

/* ---- the file: after the header a line for each, "id seconds hash name" ---- */

static bool id_valid(const char *id, size_t length)
{
    if (length != ACCOUNTS_ID_DIGITS)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'a' && id[i] <= 'f')))
            return false;
    return true;
}

/* Takes what stands before the next space; NULL when that is too long or empty. */
static const char *take_word(const char *at, char *out, size_t size)
{
    size_t length = strcspn(at, " ");
    if (!length || length >= size || at[length] != ' ')
        return NULL;
    memcpy(out, at, length);
    out[length] = '\0';
    return at + length + 1;
}

static int parse_line(const char *line, struct account *out)
{
    char seconds[24];
    memset(out, 0, sizeof *out);
    const char *at = take_word(line, out->id, sizeof out->id);
    if (at)
        at = take_word(at, seconds, sizeof seconds);
    if (at)
        at = take_word(at, out->hash, sizeof out->hash);
    if (!at || !id_valid(out->id, strlen(out->id)) || !*at || !printable_valid(at, RELAY_NAME_MAX))
        return QA_EIO;
    memcpy(out->name, at, strlen(at) + 1);
    char *end;
    errno = 0;
    out->created = strtoll(seconds, &end, 10);
    return *end || errno || strncmp(out->hash, "$argon2", 7) != 0 ? QA_EIO : 0;
}

/* `text` is changed: line ends become NUL. */
static int parse_file(char *text, size_t length, struct accounts *out)
{
    if (memchr(text, '\0', length) || strncmp(text, FILE_HEADER, strlen(FILE_HEADER)) != 0)
        return QA_EIO;
    size_t lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    if (lines > ACCOUNTS_MAX + 1u)
        return QA_EIO;
    out->list = calloc(lines, sizeof *out->list);
    if (!out->list)
        return QA_ENOMEM;
    for (char *line = strchr(text, '\n') + 1; *line;) {
        char *end = strchr(line, '\n');
        if (!end)
            return QA_EIO;
        *end = '\0';
        if (parse_line(line, &out->list[out->count]))
            return QA_EIO;
        out->count++;
        line = end + 1;
    }
    return 0;
}

int accounts_load(const char *state_dir, struct accounts *out)
{
    *out = (struct accounts){0};
    char path[STATE_PATH_MAX], *text;
    size_t length;
    if (state_path(path, state_dir, FILE_NAME))
        return QA_EIO;
    int error = private_file_read(path, FILE_MAX, &text, &length);
    if (error)
        return error == QA_EIO && errno == ENOENT ? 0 : error == QA_ENOMEM ? error : QA_EIO;
    error = parse_file(text, length, out);
    sodium_memzero(text, length);
    free(text);
    if (error) {
        accounts_free(out);
        errno = EBADMSG;
    }
    return error;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts->list)
        sodium_memzero(accounts->list, accounts->count * sizeof *accounts->list);
    free(accounts->list);
    *accounts = (struct accounts){0};
}

static int store(const char *state_dir, const struct accounts *accounts)
{
    char path[STATE_PATH_MAX];
    if (state_path(path, state_dir, FILE_NAME))
        return QA_EIO;
    size_t size = strlen(FILE_HEADER) + accounts->count * ACCOUNT_LINE_MAX + 1, used = 0;
    char *text = malloc(size);
    if (!text)
        return QA_ENOMEM;
    used += (size_t)snprintf(text, size, "%s", FILE_HEADER);
    for (size_t i = 0; i < accounts->count; i++) {
        const struct account *account = &accounts->list[i];
        used += (size_t)snprintf(text + used, size - used, "%s %lld %s %s\n", account->id,
                                 (long long)account->created, account->hash, account->name);
    }
    int error = private_file_replace(path, text, used);
    sodium_memzero(text, size);
    free(text);
    return error;
}

void accounts_stamp(const char *state_dir, struct accounts_stamp *out)
{
    char path[STATE_PATH_MAX];
    struct stat status;
    *out = (struct accounts_stamp){0};
    if (state_path(path, state_dir, FILE_NAME) || stat(path, &status))
        return;
    out->inode = (uint64_t)status.st_ino;
    out->size = (uint64_t)status.st_size;
    out->seconds = (uint64_t)status.st_mtim.tv_sec;
    out->nanoseconds = (uint64_t)status.st_mtim.tv_nsec;
}

/* ---- adding and removing ---- */

static int make_account(const char *name, struct account *out, char token[RELAY_TOKEN_MAX + 1])
{
    uint8_t id[ACCOUNTS_ID_DIGITS / 2], secret[SECRET_BYTES];
    char secret_text[SECRET_SIZE];
    memset(out, 0, sizeof *out);
    random_bytes(id, sizeof id);
    random_bytes(secret, sizeof secret);
    sodium_bin2hex(out->id, sizeof out->id, id, sizeof id);
    sodium_bin2base64(secret_text, sizeof secret_text, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(token, RELAY_TOKEN_MAX + 1, "%s%s.%s", TOKEN_PREFIX, out->id, secret_text);
    memcpy(out->name, name, strlen(name) + 1);
    out->created = (int64_t)time(NULL);
    int failed =
        crypto_pwhash_str_alg(out->hash, token, strlen(token), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                              crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(secret_text, sizeof secret_text);
    return failed ? QA_ENOMEM : 0;
}

static int append(struct accounts *accounts, const struct account *account)
{
    if (accounts->count >= ACCOUNTS_MAX)
        return QA_ELIMIT;
    struct account *list = calloc(accounts->count + 1, sizeof *list);
    if (!list)
        return QA_ENOMEM;
    size_t count = accounts->count;
    if (count)
        memcpy(list, accounts->list, count * sizeof *list);
    list[count] = *account;
    accounts_free(accounts);
    accounts->list = list;
    accounts->count = count + 1;
    return 0;
}

int accounts_add(const char *state_dir, const char *name, struct account *added,
                 char token[RELAY_TOKEN_MAX + 1])
{
    char shown[RELAY_NAME_MAX + 1];
    if (!printable_valid(name, RELAY_NAME_MAX) ||
        !printable_first_name_initial(name, shown, sizeof shown))
        return QA_EINVAL;
    int error = make_account(name, added, token);
    if (error)
        return error;
    int lock = state_lock(state_dir, LOCK_NAME);
    if (lock < 0) {
        error = QA_EIO;
    } else {
        struct accounts accounts;
        error = accounts_load(state_dir, &accounts);
        if (!error)
            error = append(&accounts, added);
        if (!error)
            error = store(state_dir, &accounts);
        accounts_free(&accounts);
        close(lock);
    }
    if (error)
        sodium_memzero(token, RELAY_TOKEN_MAX + 1);
    return error;
}

/* The place of the one account that is meant, or an error. */
static int find_named(const struct accounts *accounts, const char *name_or_id, size_t *place)
{
    size_t matches = 0;
    for (size_t i = 0; i < accounts->count; i++) {
        if (!strcmp(accounts->list[i].id, name_or_id)) {
            *place = i;
            return 0;
        }
        if (!strcmp(accounts->list[i].name, name_or_id)) {
            *place = i;
            matches++;
        }
    }
    return matches == 1 ? 0 : matches ? QA_ELIMIT : QA_EINVAL;
}

int accounts_remove(const char *state_dir, const char *name_or_id)
{
    int lock = state_lock(state_dir, LOCK_NAME);
    if (lock < 0)
        return QA_EIO;
    struct accounts accounts;
    size_t place = 0;
    int error = accounts_load(state_dir, &accounts);
    if (!error)
        error = find_named(&accounts, name_or_id, &place);
    if (!error) {
        accounts.count--;
        memmove(&accounts.list[place], &accounts.list[place + 1],
                (accounts.count - place) * sizeof *accounts.list);
        error = store(state_dir, &accounts);
    }
    accounts_free(&accounts);
    close(lock);
    return error;
}

/* ---- signing in ---- */

const struct account *accounts_find(const struct accounts *accounts, const char *token)
{
    size_t prefix = strlen(TOKEN_PREFIX);
    if (strncmp(token, TOKEN_PREFIX, prefix) != 0)
        return NULL;
    const char *id = token + prefix;
    const char *dot = strchr(id, '.');
    if (!dot || !id_valid(id, (size_t)(dot - id)))
        return NULL;
    for (size_t i = 0; i < accounts->count; i++)
        if (!memcmp(accounts->list[i].id, id, ACCOUNTS_ID_DIGITS))
            return &accounts->list[i];
    return NULL;
}

bool accounts_have(const struct accounts *accounts, const char *id)
{
    for (size_t i = 0; i < accounts->count; i++)
        if (!strcmp(accounts->list[i].id, id))
            return true;
    return false;
}

bool accounts_verify(const char *token, const char hash[crypto_pwhash_STRBYTES])
{
    return crypto_pwhash_str_verify(hash, token, strlen(token)) == 0;
}
