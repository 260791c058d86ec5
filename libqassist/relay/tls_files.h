/* The relay's certificate and key, looked at before libwebsockets does, to say what is wrong. */
#ifndef RELAY_TLS_FILES_H
#define RELAY_TLS_FILES_H

#include <stddef.h>

/* 0 or QA_ETRUST; `why` says what to do. */
int tls_files_check(const char *certificate_file, const char *key_file, char *why, size_t why_size);

#endif
