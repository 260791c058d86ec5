#include "common/i18n.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAIN "qassist"

/* The translations where the program lies, should the whole installation have been moved. */
static bool find_beside(char out[PATH_MAX])
{
    static const char bin[] = QASSIST_BINDIR, locale[] = QASSIST_LOCALEDIR_BELOW;
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    size_t folder = strlen(program), end = strlen(bin);
    if (folder < end || strcmp(program + folder - end, bin) != 0)
        return false;
    program[folder - end] = '\0';
    int written = snprintf(out, PATH_MAX, "%s%s", program, locale);
    return written > 0 && written < PATH_MAX && access(out, R_OK) == 0;
}

void i18n_start(void)
{
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    char beside[PATH_MAX];
    const char *folder = getenv("QASSIST_LOCALEDIR");
    if (!folder || !*folder)
        folder = find_beside(beside) ? beside : QASSIST_LOCALEDIR;
    bindtextdomain(DOMAIN, folder);
    textdomain(DOMAIN);
}

void i18n_always_utf8(void)
{
    bind_textdomain_codeset(DOMAIN, "UTF-8");
}

const char *i18n_text(const char *text)
{
    /* The translation of nothing would be the catalogue's own header. */
    return *text ? gettext(text) : text;
}
