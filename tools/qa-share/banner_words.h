/*
 * The words of the library's banner in the user's language.
 */
#ifndef QA_SHARE_BANNER_WORDS_H
#define QA_SHARE_BANNER_WORDS_H

#include <qassist/sharer.h>

/* English where the user's language cannot be written in UTF-8 here. */
qa_banner_texts banner_words(void);

#endif
