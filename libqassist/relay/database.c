#include "relay/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "relay/state.h"

/* Another program (qa-relay sessions, qa-relay helper) may have the file for a moment. */
#define BUSY_MS 2000

static const char setup[] = "PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = NORMAL;"
                            "PRAGMA secure_delete = ON;"
                            "PRAGMA temp_store = MEMORY;";

static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return QA_EIO;
    int error = fchmod(fd, 0600) ? QA_EIO : 0;
    close(fd);
    return error;
}

int database_open(const char *state_dir, const struct database_file *file, sqlite3 **out, char *why,
                  size_t why_size)
{
    char path[STATE_PATH_MAX];
    *out = NULL;
    if (state_path(path, state_dir, file->name) || make_file(path)) {
        snprintf(why, why_size, "%s%s/%s cannot be used: %s", file->called, state_dir, file->name,
                 strerror(errno));
        return QA_EIO;
    }
    int result = sqlite3_open_v2(path, out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK) {
        sqlite3_busy_timeout(*out, BUSY_MS);
        result = sqlite3_exec(*out, setup, NULL, NULL, NULL);
    }
    if (result == SQLITE_OK)
        result = sqlite3_exec(*out, file->tables, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        return 0;
    snprintf(why, why_size, "%s%s cannot be used (%s); %s", file->called, path,
             sqlite3_errstr(result), file->advice);
    sqlite3_close(*out);
    *out = NULL;
    return QA_EIO;
}

sqlite3_stmt *database_prepare(sqlite3 *database, const char *text)
{
    sqlite3_stmt *statement = NULL;
    return sqlite3_prepare_v2(database, text, -1, &statement, NULL) == SQLITE_OK ? statement : NULL;
}

int database_run(sqlite3_stmt *statement)
{
    if (!statement)
        return QA_EIO;
    int result = sqlite3_step(statement);
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? 0 : QA_EIO;
}
