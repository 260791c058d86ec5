#include "rdp/worker_place.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What of a path comes after the prefix, with its slash; NULL where it is not below it. */
static const char *below(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);
    while (length && prefix[length - 1] == '/')
        length--;
    return strncmp(path, prefix, length) == 0 && path[length] == '/' ? path + length : NULL;
}

char *worker_place_beside(const char *folder, const char *prefix, const char *library_folder,
                          const char *worker)
{
    const char *library_end = below(library_folder, prefix);
    const char *worker_end = below(worker, prefix);
    if (!library_end || !worker_end)
        return NULL;
    size_t length = strlen(folder), end = strlen(library_end);
    if (length < end || strcmp(folder + length - end, library_end) != 0)
        return NULL;
    char *path;
    return asprintf(&path, "%.*s%s", (int)(length - end), folder, worker_end) < 0 ? NULL : path;
}

/* The folder of the file that holds this code, without symbolic links. */
static char *own_folder(void)
{
    Dl_info info;
    if (!dladdr((const void *)worker_place_find, &info) || !info.dli_fname)
        return NULL;
    char *path = realpath(info.dli_fname, NULL);
    char *slash = path ? strrchr(path, '/') : NULL;
    if (slash)
        *slash = '\0';
    return path;
}

char *worker_place_find(void)
{
    char *folder = own_folder(), *path = NULL;
    if (folder)
        path = worker_place_beside(folder, QASSIST_PREFIX, QASSIST_LIBRARY_FOLDER,
                                   QASSIST_WORKER_PATH);
    free(folder);
    if (path && access(path, X_OK) == 0)
        return path;
    free(path);
    return strdup(QASSIST_WORKER_PATH);
}
