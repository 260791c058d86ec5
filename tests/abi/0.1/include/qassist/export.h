/* QA_API marks what the shared library exports. */
#ifndef QASSIST_EXPORT_H
#define QASSIST_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define QA_API __attribute__((visibility("default")))
#else
#define QA_API
#endif

/* A struct that starts with its size, all else zero; the structs' own _INIT macros use it. */
#ifdef __cplusplus
#define QA_INIT(type) \
    {                 \
        sizeof(type)  \
    }
#else
#define QA_INIT(type)        \
    {                        \
        .size = sizeof(type) \
    }
#endif

#endif
