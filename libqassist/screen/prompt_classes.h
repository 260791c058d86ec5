/*
 * Which windows are prompts for privileges and passwords, by their WM_CLASS: a list of names,
 * separated by commas or spaces, a * at the end standing for anything. Upper and lower case (of
 * ASCII) are one. `title:` before a name means the window's title, for programs that leave the
 * class to their toolkit.
 */
#ifndef SCREEN_PROMPT_CLASSES_H
#define SCREEN_PROMPT_CLASSES_H

#include <stdbool.h>
#include <stddef.h>

/* Where nobody names other ones. */
extern const char prompt_classes_default[];

/* Whether the list names this instance or class. */
bool prompt_classes_name(const char *list, const char *name, size_t length);

/* Whether the list names this title. */
bool prompt_classes_title(const char *list, const char *title, size_t length);

/* The same of a WM_CLASS property: instance, NUL, class, NUL; bytes of others. */
bool prompt_classes_match(const char *list, const char *property, size_t length);

#endif
