/* libcurl's functions, found when they are first needed. */
#ifndef HTTP_CURL_LIBRARY_H
#define HTTP_CURL_LIBRARY_H

#include <curl/curl.h>

#define CURL_LIBRARY_FUNCTIONS(XX) \
    XX(global_init)                \
    XX(global_cleanup)             \
    XX(easy_init)                  \
    XX(easy_cleanup)               \
    XX(easy_getinfo)               \
    XX(easy_setopt)                \
    XX(easy_strerror)              \
    XX(multi_init)                 \
    XX(multi_cleanup)              \
    XX(multi_add_handle)           \
    XX(multi_remove_handle)        \
    XX(multi_assign)               \
    XX(multi_info_read)            \
    XX(multi_setopt)               \
    XX(multi_socket_action)        \
    XX(slist_append)               \
    XX(slist_free_all)

/* These three are macros that check their arguments. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

struct curl_library {
    void *handle;
#define CURL_LIBRARY_MEMBER(name) __typeof__(&curl_##name) name;
    CURL_LIBRARY_FUNCTIONS(CURL_LIBRARY_MEMBER)
#undef CURL_LIBRARY_MEMBER
};

/* 0 or QA_EIO: there is no libcurl that fits. */
int curl_library_open(struct curl_library *out);
void curl_library_close(struct curl_library *library);

#endif
