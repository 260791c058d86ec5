#include "common/i18n.h"

#include <locale.h>
#include <stdlib.h>

#define DOMAIN "qassist"

void i18n_start(void)
{
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    const char *folder = getenv("QASSIST_LOCALEDIR");
    bindtextdomain(DOMAIN, folder && *folder ? folder : QASSIST_LOCALEDIR);
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
