/* QA_API marks what the shared library exports. */
#ifndef QASSIST_EXPORT_H
#define QASSIST_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define QA_API __attribute__((visibility("default")))
#else
#define QA_API
#endif

#endif
