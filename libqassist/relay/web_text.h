/* Building the relay's pages: text that goes into HTML is escaped, and what does not fit is lost as
 * a whole. */
#ifndef RELAY_WEB_TEXT_H
#define RELAY_WEB_TEXT_H

#include "relay/web.h"

/* Markup of our own, as it is. */
void web_put(struct web_answer *out, const char *markup);

/* Text of the operator's or the browser's. */
void web_put_text(struct web_answer *out, const char *text);

/* Markup in which {host}, {organisation} and {contact} stand for texts; {contact} becomes a link.
 */
struct web_values {
    const char *host, *organisation, *contact;
};
void web_put_filled(struct web_answer *out, const char *markup, const struct web_values *values);

/* The page in one of its languages, the first that the browser wants and the page has. */
const char *web_language(const char *accepted);
void web_put_page(struct web_answer *out, const char *language, const struct web_values *values);

extern const char web_style[];

#endif
