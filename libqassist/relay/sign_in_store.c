#include "relay/sign_in_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include <qassist/errors.h>

#include "relay/state.h"

#define FILE_NAME "sign-ins.db"
#define BUSY_MS   2000
/* How long it is remembered when somebody was let in again: tokens live shorter. */
#define SINCE_S (2 * 86400)

struct sign_in_store {
    sqlite3 *database;
    int64_t version;
};

/* voided.kind: SINCE (tokens up to `at` are void), BLOCKED, TOKEN (the id is a token's). */
enum kind { SINCE, BLOCKED, TOKEN };

static const char setup[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA secure_delete = ON;"
    "CREATE TABLE IF NOT EXISTS used ("
    " hash BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS voided ("
    " id TEXT PRIMARY KEY, kind INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL"
    ") WITHOUT ROWID;";

/* ---- life ---- */

static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return QA_EIO;
    int error = fchmod(fd, 0600) ? QA_EIO : 0;
    close(fd);
    return error;
}

int sign_in_store_open(const char *state_dir, struct sign_in_store **out, char *why,
                       size_t why_size)
{
    char path[STATE_PATH_MAX];
    *out = NULL;
    if (state_path(path, state_dir, FILE_NAME) || make_file(path)) {
        snprintf(why, why_size, "%s/%s cannot be used: %s", state_dir, FILE_NAME, strerror(errno));
        return QA_EIO;
    }
    struct sign_in_store *store = calloc(1, sizeof *store);
    if (!store)
        return QA_ENOMEM;
    int result =
        sqlite3_open_v2(path, &store->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(store->database, BUSY_MS);
        result = sqlite3_exec(store->database, setup, NULL, NULL, NULL);
    }
    if (result != SQLITE_OK) {
        snprintf(why, why_size,
                 "%s cannot be used (%s); it holds who is blocked: restore it, or move it away",
                 path, sqlite3_errstr(result));
        sign_in_store_close(store);
        return QA_EIO;
    }
    (void)sign_in_store_changed(store);
    *out = store;
    return 0;
}

void sign_in_store_close(struct sign_in_store *store)
{
    if (!store)
        return;
    sqlite3_close(store->database);
    free(store);
}

/* ---- statements ---- */

static sqlite3_stmt *prepare(struct sign_in_store *store, const char *text)
{
    sqlite3_stmt *statement = NULL;
    return sqlite3_prepare_v2(store->database, text, -1, &statement, NULL) == SQLITE_OK ? statement
                                                                                        : NULL;
}

/* Runs one that gives no rows; the rows that it changed, or QA_EIO. */
static int run(struct sign_in_store *store, sqlite3_stmt *statement)
{
    if (!statement)
        return QA_EIO;
    int result = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? sqlite3_changes(store->database) : QA_EIO;
}

/* The first number of the first row; `none` where there is no row, `failed` where it failed. */
static int64_t ask(sqlite3_stmt *statement, int64_t none, int64_t failed)
{
    if (!statement)
        return failed;
    int result = sqlite3_step(statement);
    int64_t number = result == SQLITE_ROW    ? sqlite3_column_int64(statement, 0)
                     : result == SQLITE_DONE ? none
                                             : failed;
    sqlite3_finalize(statement);
    return number;
}

static int set_voided(struct sign_in_store *store, const char *id, enum kind kind, int64_t at,
                      int64_t until)
{
    sqlite3_stmt *statement = prepare(store, "INSERT OR REPLACE INTO voided (id, kind, at, until)"
                                             " VALUES (?1, ?2, ?3, ?4)");
    if (statement) {
        sqlite3_bind_text(statement, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, 2, kind);
        sqlite3_bind_int64(statement, 3, at);
        sqlite3_bind_int64(statement, 4, until);
    }
    return run(store, statement) < 0 ? QA_EIO : 0;
}

/* ---- what is remembered ---- */

int sign_in_store_use(struct sign_in_store *store, const uint8_t hash[SIGN_IN_HASH_BYTES],
                      int64_t until)
{
    sqlite3_stmt *statement =
        prepare(store, "INSERT OR IGNORE INTO used (hash, until) VALUES (?1, ?2)");
    if (statement) {
        sqlite3_bind_blob(statement, 1, hash, SIGN_IN_HASH_BYTES, SQLITE_TRANSIENT);
        sqlite3_bind_int64(statement, 2, until);
    }
    int changed = run(store, statement);
    return changed < 0 ? QA_EIO : changed ? 0 : QA_EAUTH;
}

int sign_in_store_block(struct sign_in_store *store, const char *account, int64_t now)
{
    return set_voided(store, account, BLOCKED, now, INT64_MAX);
}

bool sign_in_store_blocks(struct sign_in_store *store, const char *account)
{
    sqlite3_stmt *statement = prepare(store, "SELECT kind FROM voided WHERE id = ?1");
    if (statement)
        sqlite3_bind_text(statement, 1, account, -1, SQLITE_TRANSIENT);
    return ask(statement, SINCE, BLOCKED) == BLOCKED;
}

int sign_in_store_unblock(struct sign_in_store *store, const char *account, int64_t now)
{
    if (!sign_in_store_blocks(store, account))
        return QA_EINVAL;
    return set_voided(store, account, SINCE, now, now + SINCE_S);
}

int sign_in_store_void(struct sign_in_store *store, const char *token_id, int64_t until)
{
    return set_voided(store, token_id, TOKEN, 0, until);
}

bool sign_in_store_voids(struct sign_in_store *store, const char *account, const char *token_id,
                         int64_t issued)
{
    sqlite3_stmt *statement =
        prepare(store, "SELECT COUNT(*) FROM voided WHERE id = ?2 OR"
                       " (id = ?1 AND (kind = 1 OR (kind = 0 AND at >= ?3)))");
    if (statement) {
        sqlite3_bind_text(statement, 1, account, -1, SQLITE_TRANSIENT);
        sqlite3_bind_text(statement, 2, token_id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(statement, 3, issued);
    }
    return ask(statement, 0, 1) != 0;
}

int sign_in_store_list(struct sign_in_store *store,
                       void (*blocked)(void *user, const char *account, int64_t since), void *user)
{
    sqlite3_stmt *statement =
        prepare(store, "SELECT id, at FROM voided WHERE kind = 1 ORDER BY id");
    if (!statement)
        return QA_EIO;
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        blocked(user, (const char *)sqlite3_column_text(statement, 0),
                sqlite3_column_int64(statement, 1));
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? 0 : QA_EIO;
}

bool sign_in_store_changed(struct sign_in_store *store)
{
    int64_t before = store->version;
    store->version = ask(prepare(store, "PRAGMA data_version"), -1, -1);
    return store->version != before;
}

int sign_in_store_purge(struct sign_in_store *store, int64_t now)
{
    static const char *const statements[] = {"DELETE FROM used WHERE until < ?1",
                                             "DELETE FROM voided WHERE until < ?1"};
    int error = 0;
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *statement = prepare(store, statements[i]);
        if (statement)
            sqlite3_bind_int64(statement, 1, now);
        if (run(store, statement) < 0)
            error = QA_EIO;
    }
    return error;
}
