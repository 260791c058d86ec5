/*
 * The tools in the user's language, through gettext. Text for people goes through _(). What
 * programs read (JSON events with their details, exit codes, log lines, messages about input
 * scripts) stays as it is, and so does the library's text, which error_text() and the like look up
 * here.
 */
#ifndef COMMON_I18N_H
#define COMMON_I18N_H

#include <libintl.h>

/* Marks and translates; for format strings, too. Whole sentences, so that they can be translated.
 */
#define _(text) gettext(text)

/* Marks only, for tables; translated where it is shown (i18n_text). */
#define N_(text) text

/*
 * First in main: takes the environment's language and characters, but leaves numbers as they are
 * everywhere. QASSIST_LOCALEDIR names another folder of translations than the installed one.
 */
void i18n_start(void);

/* For windows: translations in UTF-8, whatever the terminal speaks. */
void i18n_always_utf8(void);

/* The translation of a text that N_ marked elsewhere; "" stays "". */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));

#endif
