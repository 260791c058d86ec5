/* What permissions are called towards the person who shares, and what is said before anything. */
#ifndef QA_SHARE_WORDS_H
#define QA_SHARE_WORDS_H

#include <stddef.h>

/* About a restart of the computer, with the helper's name; and what a yes means. */
extern const char share_restart_question[];
extern const char share_restart_advice[];

/* While the session from before a restart is taken up again. */
extern const char share_coming_back[];

#define SHARE_WORDS 6

/* All are to be translated (i18n_text); %s is the helper's name. */
struct share_words {
    unsigned permission;
    const char *question; /* "Let %s see your screen?" */
    const char *label;    /* "See your screen" */
    const char *gained;   /* NULL: has words of its own elsewhere */
    const char *lost;
};

extern const struct share_words share_words[SHARE_WORDS];

/* What honest helpers never do, a sentence each, NULL at the end; to be translated. */
extern const char *const share_warnings[];

/* Of one permission; NULL where there is none. */
const struct share_words *share_words_of(unsigned permission);

#endif
