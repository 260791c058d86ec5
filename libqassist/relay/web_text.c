#include "relay/web_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void put(struct web_answer *out, const char *bytes, size_t length)
{
    if (length >= sizeof out->body - out->length)
        return;
    memcpy(out->body + out->length, bytes, length);
    out->length += length;
    out->body[out->length] = '\0';
}

void web_put(struct web_answer *out, const char *markup)
{
    put(out, markup, strlen(markup));
}

void web_put_text(struct web_answer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            web_put(out, "&amp;");
        else if (*text == '<')
            web_put(out, "&lt;");
        else if (*text == '>')
            web_put(out, "&gt;");
        else if (*text == '"')
            web_put(out, "&quot;");
        else if (*text == '\'')
            web_put(out, "&#39;");
        else
            put(out, text, 1);
    }
}

/* An address of mail or of the web can be followed; anything else is words. */
static void put_contact(struct web_answer *out, const char *contact)
{
    bool web = !strncasecmp(contact, "https://", 8);
    bool mail = !web && strchr(contact, '@') && !strpbrk(contact, " \t,;?&\"<>");
    if (!web && !mail) {
        web_put_text(out, contact);
        return;
    }
    web_put(out, mail ? "<a href=\"mailto:" : "<a href=\"");
    web_put_text(out, contact);
    web_put(out, "\">");
    web_put_text(out, contact);
    web_put(out, "</a>");
}

void web_put_filled(struct web_answer *out, const char *markup, const struct web_values *values)
{
    static const char host[] = "{host}", organisation[] = "{organisation}", contact[] = "{contact}";
    while (*markup) {
        size_t plain = strcspn(markup, "{");
        put(out, markup, plain);
        markup += plain;
        if (!strncmp(markup, host, sizeof host - 1)) {
            web_put_text(out, values->host);
            markup += sizeof host - 1;
        } else if (!strncmp(markup, organisation, sizeof organisation - 1)) {
            web_put_text(out, values->organisation);
            markup += sizeof organisation - 1;
        } else if (!strncmp(markup, contact, sizeof contact - 1)) {
            put_contact(out, values->contact);
            markup += sizeof contact - 1;
        } else if (*markup) {
            put(out, markup++, 1);
        }
    }
}

/* "fr-CH, fr;q=0.9, en;q=0.8": the highest quality wins, of equals the first. */
const char *web_language(const char *accepted)
{
    const char *best = "en";
    double best_quality = 0;
    for (const char *at = accepted; *at;) {
        at += strspn(at, " \t");
        const char *known = !strncasecmp(at, "fr", 2)   ? "fr"
                            : !strncasecmp(at, "en", 2) ? "en"
                                                        : NULL;
        if (known && !isalpha((unsigned char)at[2])) {
            size_t item = strcspn(at, ",");
            const char *quality = memmem(at, item, ";q=", 3);
            char number[8] = "1";
            if (quality)
                snprintf(number, sizeof number, "%.*s", 5, quality + 3);
            double value = strtod(number, NULL);
            if (value > best_quality && value <= 1) {
                best = known;
                best_quality = value;
            }
        }
        at += strcspn(at, ",");
        at += *at == ',';
    }
    return best;
}
