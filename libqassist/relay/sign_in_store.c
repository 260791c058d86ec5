#include "relay/sign_in_store.h"

#include <stdlib.h>

#include <qassist/errors.h>

#include "relay/database.h"

/* How long it is remembered when somebody was let in again: tokens live shorter. */
#define SINCE_S (2 * 86400)

struct sign_in_store {
    sqlite3 *database;
    int64_t version;
};

/* voided.kind: SINCE (tokens up to `at` are void), BLOCKED, TOKEN (the id is a token's). */
enum kind { SINCE, BLOCKED, TOKEN };

static const struct database_file file = {
    .name = "sign-ins.db",
    .tables = "CREATE TABLE IF NOT EXISTS used ("
              " hash BLOB PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;"
              "CREATE TABLE IF NOT EXISTS voided ("
              " id TEXT PRIMARY KEY, kind INTEGER NOT NULL, at INTEGER NOT NULL,"
              " until INTEGER NOT NULL) WITHOUT ROWID;",
    .called = "",
    .advice = "it holds who is blocked: restore it, or move it away",
};

/* ---- life ---- */

int sign_in_store_open(const char *state_dir, struct sign_in_store **out, char *why,
                       size_t why_size)
{
    *out = NULL;
    struct sign_in_store *store = calloc(1, sizeof *store);
    if (!store)
        return QA_ENOMEM;
    int error = database_open(state_dir, &file, &store->database, why, why_size);
    if (error) {
        free(store);
        return error;
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
    sqlite3_stmt *statement =
        database_prepare(store->database, "INSERT OR REPLACE INTO voided (id, kind, at, until)"
                                          " VALUES (?1, ?2, ?3, ?4)");
    if (statement) {
        sqlite3_bind_text(statement, 1, id, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(statement, 2, kind);
        sqlite3_bind_int64(statement, 3, at);
        sqlite3_bind_int64(statement, 4, until);
    }
    return database_run(statement);
}

/* ---- what is remembered ---- */

int sign_in_store_use(struct sign_in_store *store, const uint8_t hash[SIGN_IN_HASH_BYTES],
                      int64_t until)
{
    sqlite3_stmt *statement = database_prepare(
        store->database, "INSERT OR IGNORE INTO used (hash, until) VALUES (?1, ?2)");
    if (statement) {
        sqlite3_bind_blob(statement, 1, hash, SIGN_IN_HASH_BYTES, SQLITE_TRANSIENT);
        sqlite3_bind_int64(statement, 2, until);
    }
    int error = database_run(statement);
    return error ? error : sqlite3_changes(store->database) ? 0 : QA_EAUTH;
}

int sign_in_store_block(struct sign_in_store *store, const char *account, int64_t now)
{
    return set_voided(store, account, BLOCKED, now, INT64_MAX);
}

bool sign_in_store_blocks(struct sign_in_store *store, const char *account)
{
    sqlite3_stmt *statement =
        database_prepare(store->database, "SELECT kind FROM voided WHERE id = ?1");
    if (statement)
        sqlite3_bind_text(statement, 1, account, -1, SQLITE_TRANSIENT);
    return ask(statement, SINCE, BLOCKED) == BLOCKED;
}

/*
 * Nobody signs in while they are blocked: what is void is of the second of the block, or of one
 * before this one. So a sign-in right after this counts.
 */
int sign_in_store_unblock(struct sign_in_store *store, const char *account, int64_t now)
{
    sqlite3_stmt *statement = database_prepare(
        store->database, "UPDATE voided SET kind = 0, at = MAX(at, ?2 - 1), until = ?2 + ?3"
                         " WHERE id = ?1 AND kind = 1");
    if (statement) {
        sqlite3_bind_text(statement, 1, account, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(statement, 2, now);
        sqlite3_bind_int64(statement, 3, SINCE_S);
    }
    int error = database_run(statement);
    return error ? error : sqlite3_changes(store->database) ? 0 : QA_EINVAL;
}

int sign_in_store_void(struct sign_in_store *store, const char *token_id, int64_t until)
{
    return set_voided(store, token_id, TOKEN, 0, until);
}

bool sign_in_store_voids(struct sign_in_store *store, const char *account, const char *token_id,
                         int64_t issued)
{
    sqlite3_stmt *statement =
        database_prepare(store->database, "SELECT COUNT(*) FROM voided WHERE id = ?2 OR"
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
        database_prepare(store->database, "SELECT id, at FROM voided WHERE kind = 1 ORDER BY id");
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
    store->version = ask(database_prepare(store->database, "PRAGMA data_version"), -1, -1);
    return store->version != before;
}

int sign_in_store_purge(struct sign_in_store *store, int64_t now)
{
    static const char *const statements[] = {"DELETE FROM used WHERE until < ?1",
                                             "DELETE FROM voided WHERE until < ?1"};
    int error = 0;
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *statement = database_prepare(store->database, statements[i]);
        if (statement)
            sqlite3_bind_int64(statement, 1, now);
        if (database_run(statement))
            error = QA_EIO;
    }
    return error;
}
