/*
 * The sharer's screens as a helper names them: by number, by name, or all of them.
 */
#ifndef QA_HELP_SCREEN_LIST_H
#define QA_HELP_SCREEN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <qassist/screen.h>

#define SCREEN_NAME_SIZE 64

struct screen_list {
    bool known;
    size_t count;
    uint32_t chosen; /* 0: all */
    struct {
        uint32_t id;
        char name[SCREEN_NAME_SIZE];
        int32_t x, y; /* on the sharer's display */
        int32_t width, height;
        bool primary;
    } screens[QA_SCREENS_MAX];
};

/* Takes what on_screens says. */
void screen_list_set(struct screen_list *list, const qa_screen_info *const *screens, size_t count,
                     uint32_t chosen);

/* "all", a name (case of ASCII letters aside) or a number; a name goes before a number. */
bool screen_list_find(const struct screen_list *list, const char *word, uint32_t *id);

/* NULL for 0 (all) and for what is not there. */
const char *screen_list_name(const struct screen_list *list, uint32_t id);

/*
 * What is other than before, for a person: what was plugged in or unplugged and what is seen now,
 * or that what was asked for (an id; NULL: nothing) cannot be shown. False: nothing worth a word.
 */
bool screen_list_change(const struct screen_list *before, const struct screen_list *now,
                        const uint32_t *asked, char *out, size_t size);

/* The JSON event. */
void screen_list_tell(const qa_screen_info *const *screens, size_t count, uint32_t chosen);

/* In words, on one line: which there are and what is seen. */
void screen_list_words(const struct screen_list *list, char *out, size_t size);

#endif
