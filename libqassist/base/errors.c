#include <qassist/errors.h>

const char *qa_strerror(int error)
{
    switch (error) {
    case QA_OK:
        return "no error";
#define ERROR_TEXT(number, name, text) \
    case QA_##name:                    \
        return text;
        QA_ERROR_MAP(ERROR_TEXT)
#undef ERROR_TEXT
    default:
        return "unknown error";
    }
}

const char *qa_err_name(int error)
{
    switch (error) {
    case QA_OK:
        return "QA_OK";
#define ERROR_NAME(number, name, text) \
    case QA_##name:                    \
        return "QA_" #name;
        QA_ERROR_MAP(ERROR_NAME)
#undef ERROR_NAME
    default:
        return "QA_UNKNOWN";
    }
}
