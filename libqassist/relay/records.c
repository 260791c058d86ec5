#include "relay/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "relay/database.h"

struct records {
    sqlite3 *database;
    bool unclean; /* something deleted may still stand in the write-ahead log */
};

static const struct database_file file = {
    .name = "sessions.db",
    .tables = "CREATE TABLE IF NOT EXISTS sessions ("
              " sid BLOB PRIMARY KEY, started INTEGER NOT NULL,"
              " ended INTEGER NOT NULL DEFAULT 0, errors TEXT NOT NULL DEFAULT '',"
              " features INTEGER NOT NULL DEFAULT 0, words TEXT NOT NULL DEFAULT ''"
              ") WITHOUT ROWID;"
              "CREATE INDEX IF NOT EXISTS by_start ON sessions (started);",
    .called = "the records of sessions in ",
    .advice = "move the file away to begin new ones",
};

/* As much as fits with a space before it and a NUL behind. */
#define AS_TEXT(number) #number
#define NUMBER(macro)   AS_TEXT(macro)
#define ERRORS_ROOM     NUMBER(RECORDS_ERRORS_MAX) " - 1"

#define COLUMNS "sid, started, ended, errors, features, words"

/* ---- life ---- */

int records_open(const char *state_dir, struct records **out, char *why, size_t why_size)
{
    *out = NULL;
    struct records *records = calloc(1, sizeof *records);
    if (!records)
        return QA_ENOMEM;
    int error = database_open(state_dir, &file, &records->database, why, why_size);
    if (error) {
        free(records);
        return error;
    }
    /* What was deleted before a crash may still stand in the log. */
    records->unclean = true;
    *out = records;
    return 0;
}

void records_close(struct records *records)
{
    if (!records)
        return;
    sqlite3_close(records->database);
    free(records);
}

/* ---- statements ---- */

static sqlite3_stmt *prepare(struct records *records, const char *text,
                             const uint8_t sid[RELAY_SID_BYTES])
{
    sqlite3_stmt *statement = database_prepare(records->database, text);
    if (statement && sid)
        sqlite3_bind_blob(statement, 1, sid, RELAY_SID_BYTES, SQLITE_TRANSIENT);
    return statement;
}

/* A statement whose ?1 is the sid, if there is one, and whose ?2 is a number or a text. */
static int run_with_number(struct records *records, const char *text,
                           const uint8_t sid[RELAY_SID_BYTES], int64_t number)
{
    sqlite3_stmt *statement = prepare(records, text, sid);
    if (statement)
        sqlite3_bind_int64(statement, 2, number);
    return database_run(statement);
}

static int run_with_text(struct records *records, const char *text,
                         const uint8_t sid[RELAY_SID_BYTES], const char *words)
{
    sqlite3_stmt *statement = prepare(records, text, sid);
    if (statement)
        sqlite3_bind_text(statement, 2, words, -1, SQLITE_TRANSIENT);
    return database_run(statement);
}

int records_start(struct records *records, const uint8_t sid[RELAY_SID_BYTES], int64_t now)
{
    return run_with_number(records, "INSERT INTO sessions (sid, started) VALUES (?1, ?2)", sid,
                           now);
}

int records_end(struct records *records, const uint8_t sid[RELAY_SID_BYTES], int64_t now)
{
    return run_with_number(records, "UPDATE sessions SET ended = max(?2, started) WHERE sid = ?1",
                           sid, now);
}

int records_features(struct records *records, const uint8_t sid[RELAY_SID_BYTES], uint32_t features)
{
    return run_with_number(records, "UPDATE sessions SET features = features | ?2 WHERE sid = ?1",
                           sid, features);
}

int records_report(struct records *records, const uint8_t sid[RELAY_SID_BYTES], const char *words)
{
    return run_with_text(records, "UPDATE sessions SET words = ?2 WHERE sid = ?1 AND words = ''",
                         sid, words);
}

int records_error(struct records *records, const uint8_t sid[RELAY_SID_BYTES], const char *name)
{
    return run_with_text(records,
                         "UPDATE sessions SET errors = ltrim(errors || ' ' || ?2)"
                         " WHERE sid = ?1 AND length(errors) + length(?2) < " ERRORS_ROOM,
                         sid, name);
}

/* ---- letting go ---- */

/*
 * Deleted rows are overwritten in the file (secure_delete), but what was written of them before
 * stands in the log until that is cut.
 */
static int clean_up(struct records *records)
{
    if (!records->unclean)
        return 0;
    int result =
        sqlite3_wal_checkpoint_v2(records->database, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    /* Busy: somebody reads just now; the next time does it. */
    records->unclean = result != SQLITE_OK;
    return result == SQLITE_OK || result == SQLITE_BUSY ? 0 : QA_EIO;
}

static int note_deleted(struct records *records, int error)
{
    if (!error && sqlite3_changes(records->database))
        records->unclean = true;
    return error ? error : clean_up(records);
}

int records_purge(struct records *records, int64_t now)
{
    return note_deleted(records,
                        run_with_number(records, "DELETE FROM sessions WHERE started <= ?2", NULL,
                                        now - RECORDS_KEPT_S));
}

int records_delete(struct records *records, const uint8_t sid[RELAY_SID_BYTES])
{
    int error = database_run(prepare(records, "DELETE FROM sessions WHERE sid = ?1", sid));
    if (!error && !sqlite3_changes(records->database))
        return QA_EINVAL;
    return note_deleted(records, error);
}

/* ---- reading ---- */

static void copy_text(sqlite3_stmt *statement, int column, char *out, size_t size)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    snprintf(out, size, "%s", text ? (const char *)text : "");
}

/* False for a row that is none of ours. */
static bool read_row(sqlite3_stmt *statement, struct record *out)
{
    memset(out, 0, sizeof *out);
    if (sqlite3_column_bytes(statement, 0) != RELAY_SID_BYTES)
        return false;
    memcpy(out->sid, sqlite3_column_blob(statement, 0), RELAY_SID_BYTES);
    out->started = sqlite3_column_int64(statement, 1);
    out->ended = sqlite3_column_int64(statement, 2);
    copy_text(statement, 3, out->errors, sizeof out->errors);
    out->features = (uint32_t)sqlite3_column_int64(statement, 4);
    copy_text(statement, 5, out->words, sizeof out->words);
    return true;
}

int records_walk(struct records *records, bool running_only,
                 void (*each)(void *user, const struct record *record), void *user)
{
    sqlite3_stmt *statement =
        prepare(records,
                running_only ? "SELECT " COLUMNS " FROM sessions WHERE ended = 0 ORDER BY started"
                             : "SELECT " COLUMNS " FROM sessions ORDER BY started",
                NULL);
    if (!statement)
        return QA_EIO;
    struct record record;
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW)
        if (read_row(statement, &record))
            each(user, &record);
    sodium_memzero(&record, sizeof record);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? 0 : QA_EIO;
}

int records_find(struct records *records, const uint8_t sid[RELAY_SID_BYTES], struct record *out)
{
    sqlite3_stmt *statement =
        prepare(records, "SELECT " COLUMNS " FROM sessions WHERE sid = ?1", sid);
    if (!statement)
        return QA_EIO;
    int result = sqlite3_step(statement);
    bool found = result == SQLITE_ROW && read_row(statement, out);
    sqlite3_finalize(statement);
    if (found)
        return 0;
    return result == SQLITE_DONE || result == SQLITE_ROW ? QA_EINVAL : QA_EIO;
}
