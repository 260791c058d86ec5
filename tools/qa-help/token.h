/*
 * The helper's sign-in token, from a file that nobody else can read.
 */
#ifndef QA_HELP_TOKEN_H
#define QA_HELP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TOKEN_SIZE 4096

struct help_token {
    char text[TOKEN_SIZE];
    bool remembered; /* from before (remember.h): the relay may not take it any more */
};

/*
 * Reads the first line. Refuses a file that group or others can read. False with a sentence in
 * `error` that says what to do. The caller wipes `token`.
 */
bool token_read(const char *path, char token[TOKEN_SIZE], char *error, size_t error_size);

/* As much of a file as fits: its length, or -1 with errno. */
ssize_t token_read_whole(int fd, char *out, size_t size);

/* Where it is looked for when nobody says: $XDG_CONFIG_HOME or ~/.config, then qassist/token. */
bool token_default_path(char *path, size_t size);

#endif
