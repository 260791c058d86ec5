/*
 * The words of the library's banner in the user's language, and the name of the panic key.
 */
#ifndef QA_SHARE_BANNER_WORDS_H
#define QA_SHARE_BANNER_WORDS_H

#include <qassist/sharer.h>

/* English where the user's language cannot be written in UTF-8 here. */
qa_banner_texts banner_words(void);

/* The keys that end at once, by their setting (NULL: the usual ones); NULL: there are none. */
const char *banner_panic_key(const char *setting);

#endif
