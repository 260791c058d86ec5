/*
 * A file of SQLite in the state directory, 0600, that several programs may have open (write-ahead
 * log), and what is done with statements. What is deleted is overwritten in the file.
 */
#ifndef RELAY_DATABASE_H
#define RELAY_DATABASE_H

#include <stddef.h>

#include <sqlite3.h>

struct database_file {
    const char *name;
    const char *tables; /* statements that make what is not there yet */
    const char *called; /* before the path, where it cannot be used */
    const char *advice; /* then, in words */
};

/* 0, or QA_EIO with a sentence in `why`. *out: sqlite3_close, which allows NULL. */
int database_open(const char *state_dir, const struct database_file *file, sqlite3 **out, char *why,
                  size_t why_size);

/* NULL where it fails. */
sqlite3_stmt *database_prepare(sqlite3 *database, const char *text);

/* Runs one that gives no rows, and lets go of it: 0 or QA_EIO; NULL is QA_EIO. */
int database_run(sqlite3_stmt *statement);

#endif
