#include <string.h>

#include <qassist/consent.h>

static const struct {
    unsigned bit;
    const char *name;
} names[] = {
#define ROW(bit, name, text) {QA_PERMISSION_##name, text},
    QA_PERMISSION_MAP(ROW)
#undef ROW
};

#define COUNT (sizeof names / sizeof names[0])

const char *qa_permission_name(unsigned permission)
{
    for (size_t i = 0; i < COUNT; i++)
        if (names[i].bit == permission)
            return names[i].name;
    return "unknown";
}

unsigned qa_permission_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (name && !strcmp(names[i].name, name))
            return names[i].bit;
    return 0;
}
