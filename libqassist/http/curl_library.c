#include "http/curl_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include <qassist/errors.h>

int curl_library_open(struct curl_library *out)
{
    memset(out, 0, sizeof *out);
    out->handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!out->handle)
        return QA_EIO;
#define FIND(name)                                              \
    *(void **)(&out->name) = dlsym(out->handle, "curl_" #name); \
    if (!out->name) {                                           \
        dlclose(out->handle);                                   \
        return QA_EIO;                                          \
    }
    CURL_LIBRARY_FUNCTIONS(FIND)
#undef FIND
    /* Counted by libcurl, and safe with what the program itself does with it. */
    if (out->global_init(CURL_GLOBAL_DEFAULT)) {
        dlclose(out->handle);
        return QA_EIO;
    }
    return 0;
}

/* It stays loaded: what it brought along has places in the process that it does not give back. */
void curl_library_close(struct curl_library *library)
{
    if (library->handle)
        library->global_cleanup();
    library->handle = NULL;
}
