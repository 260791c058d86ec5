/* The directory of nodes that have a state directory in common, as the workers of one relay do. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <qassist/errors.h>

#include "relay/database.h"
#include "relay/shared.h"
#include "relay/workers.h"

_Static_assert(SHARED_NODES_MAX >= 2 * WORKERS_MAX,
               "all workers are heard of, also when all have just taken the place of others");

struct file_directory {
    struct shared base;
    sqlite3 *database;
};

static const struct database_file file = {
    .name = "nodes.db",
    .tables = "CREATE TABLE IF NOT EXISTS nodes ("
              " name TEXT PRIMARY KEY, info TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;"
              "CREATE TABLE IF NOT EXISTS codes ("
              " mark TEXT PRIMARY KEY, node TEXT NOT NULL, used INTEGER NOT NULL,"
              " open_until INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;"
              "CREATE TABLE IF NOT EXISTS places ("
              " mark TEXT PRIMARY KEY, node TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;",
    .called = "the directory of workers in ",
    .advice = "move the file away to begin a new one",
};

/* ---- statements ---- */

/* ?1, ?2 are texts (NULL: none), ?3 to ?5 are numbers. */
static sqlite3_stmt *prepare(struct shared *shared, const char *text, const char *first,
                             const char *second, int64_t now, int64_t third, int64_t fourth)
{
    const int64_t numbers[] = {now, third, fourth};
    sqlite3_stmt *statement = database_prepare(((struct file_directory *)shared)->database, text);
    if (!statement)
        return NULL;
    int parameters = sqlite3_bind_parameter_count(statement);
    if (first)
        sqlite3_bind_text(statement, 1, first, -1, SQLITE_TRANSIENT);
    if (second)
        sqlite3_bind_text(statement, 2, second, -1, SQLITE_TRANSIENT);
    for (int i = 3; i <= parameters; i++)
        sqlite3_bind_int64(statement, i, numbers[i - 3]);
    return statement;
}

/* Reads the name in the first column and, where wanted, the number in the second. 1: there is a
 * row; 0: none; or QA_EIO. */
static int read_row(sqlite3_stmt *statement, char name[NODE_NAME_DIGITS + 1], int *number)
{
    if (!statement)
        return QA_EIO;
    int result = sqlite3_step(statement), found = result == SQLITE_DONE ? 0 : QA_EIO;
    if (result == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        size_t length = text ? strnlen(text, NODE_NAME_DIGITS) : 0;
        if (length)
            memcpy(name, text, length);
        name[length] = '\0';
        if (number)
            *number = sqlite3_column_int(statement, 1);
        found = 1;
        /* To its end, or nothing of it is written. */
        if (sqlite3_step(statement) != SQLITE_DONE)
            found = QA_EIO;
    }
    sqlite3_finalize(statement);
    return found;
}

/* ---- the questions ---- */

static void publish(struct shared *shared, const char *mark, const char *name, unsigned lifetime_s,
                    shared_done done, void *user)
{
    int64_t now = time(NULL);
    char given[NODE_NAME_DIGITS + 1];
    int found = read_row(
        prepare(shared,
                "INSERT INTO codes VALUES (?1, ?2, 0, ?4, ?5) ON CONFLICT (mark) DO UPDATE SET"
                " node = excluded.node, used = 0, open_until = excluded.open_until,"
                " until = excluded.until WHERE codes.until <= ?3 RETURNING node",
                mark, name, now, now + lifetime_s, now + lifetime_s + SHARED_KEPT_OUT_S),
        given, NULL);
    done(user, found < 0 ? QA_ERELAY_LOST : found ? 0 : QA_ESTATE, NULL);
}

/* SQLite writes for one at a time, so that one of those who claim changes the row. */
static void claim(struct shared *shared, const char *mark, shared_done done, void *user)
{
    int64_t now = time(NULL);
    int used = 0;
    char name[NODE_NAME_DIGITS + 1];
    int found =
        read_row(prepare(shared,
                         "UPDATE codes SET used = 1, until = ?4 WHERE mark = ?1 AND used = 0"
                         " AND open_until > ?3 RETURNING node",
                         mark, NULL, now, now + SHARED_KEPT_OUT_S, 0),
                 name, NULL);
    if (found == 1) {
        done(user, 0, name);
        return;
    }
    if (!found)
        found =
            read_row(prepare(shared, "SELECT node, used FROM codes WHERE mark = ?1 AND until > ?3",
                             mark, NULL, now, 0, 0),
                     name, &used);
    if (found < 0)
        done(user, QA_ERELAY_LOST, NULL);
    else if (!found)
        done(user, QA_ECODE_UNKNOWN, NULL);
    else
        done(user, used ? QA_ECODE_USED : QA_ECODE_EXPIRED, name);
}

static void gather(struct shared *shared, const char *mark, const char *name, const char *gone,
                   shared_done done, void *user)
{
    int64_t now = time(NULL);
    char place[NODE_NAME_DIGITS + 1];
    sqlite3_stmt *statement =
        prepare(shared,
                "INSERT INTO places VALUES (?1, ?2, ?4) ON CONFLICT (mark) DO UPDATE SET"
                " node = excluded.node, until = excluded.until"
                " WHERE places.until <= ?3 OR places.node = ?5 RETURNING node",
                mark, name, now, now + SHARED_GATHER_S, 0);
    if (statement)
        sqlite3_bind_text(statement, 5, gone, -1, SQLITE_TRANSIENT);
    int found = read_row(statement, place, NULL);
    if (!found)
        found = read_row(
            prepare(shared, "SELECT node FROM places WHERE mark = ?1", mark, NULL, 0, 0, 0), place,
            NULL);
    done(user, found == 1 ? 0 : QA_ERELAY_LOST, found == 1 ? place : NULL);
}

/* ---- who is there ---- */

/* What is over goes, too. */
static int forget_old(struct shared *shared, int64_t now)
{
    static const char *const statements[] = {"DELETE FROM codes WHERE until <= ?3",
                                             "DELETE FROM places WHERE until <= ?3"};
    int error = database_run(prepare(shared, "DELETE FROM nodes WHERE seen < ?3", NULL, NULL,
                                     now - SHARED_NODE_S, 0, 0));
    for (int i = 0; i < 2 && !error; i++)
        error = database_run(prepare(shared, statements[i], NULL, NULL, now, 0, 0));
    return error;
}

static void tell(struct shared *shared)
{
    struct shared_node list[SHARED_NODES_MAX];
    static const char all[] = "SELECT name, info FROM nodes";
    char texts[SHARED_NODES_MAX][NODE_NAME_DIGITS + 1 + NODE_INFO_MAX];
    size_t count = 0;
    sqlite3_stmt *statement = prepare(shared, all, NULL, NULL, 0, 0, 0);
    while (statement && count < SHARED_NODES_MAX && sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);
        const char *info = (const char *)sqlite3_column_text(statement, 1);
        if (!name || !info || strlen(name) != NODE_NAME_DIGITS || strlen(info) >= NODE_INFO_MAX)
            continue;
        char *text = texts[count];
        memcpy(text, name, NODE_NAME_DIGITS + 1);
        strcpy(text + NODE_NAME_DIGITS + 1, info);
        list[count++] = (struct shared_node){.name = text, .info = text + NODE_NAME_DIGITS + 1};
    }
    sqlite3_finalize(statement);
    shared->events->nodes(shared->user, list, count);
}

static void beat(struct shared *shared, const char *name, const char *info)
{
    int64_t now = time(NULL);
    int error = database_run(
        info ? prepare(shared, "INSERT OR REPLACE INTO nodes VALUES (?1, ?2, ?3)", name, info, now,
                       0, 0)
             : prepare(shared, "DELETE FROM nodes WHERE name = ?1", name, NULL, now, 0, 0));
    if (!error)
        error = forget_old(shared, now);
    if (!error && info)
        tell(shared);
}

static void close_file(struct shared *shared)
{
    struct file_directory *directory = (struct file_directory *)shared;
    sqlite3_close(directory->database);
    free(directory);
}

static const struct shared_ops ops = {
    .beat = beat, .publish = publish, .claim = claim, .gather = gather, .close = close_file};

int shared_file_new(const char *state_dir, const struct shared_events *events, void *user,
                    struct shared **out, char *why, size_t why_size)
{
    *out = NULL;
    struct file_directory *directory = calloc(1, sizeof *directory);
    if (!directory)
        return QA_ENOMEM;
    directory->base = (struct shared){.ops = &ops, .events = events, .user = user};
    int error = database_open(state_dir, &file, &directory->database, why, why_size);
    if (error) {
        free(directory);
        return error;
    }
    *out = &directory->base;
    return 0;
}
