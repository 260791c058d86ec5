#include "input/x11_scale.h"

#include <string.h>

#define RESOURCES_MAX 65536 /* bytes that are looked through */
#define DPI_NORMAL    96
#define SCALE_MAX     1000 /* percent */

xcb_get_property_cookie_t x11_scale_ask(struct x11_connection *connection)
{
    return xcb_get_property(connection->xcb, false, connection->screen->root,
                            XCB_ATOM_RESOURCE_MANAGER, XCB_ATOM_STRING, 0, RESOURCES_MAX / 4);
}

static unsigned scale_of(const char *resources, size_t length)
{
    static const char key[] = "Xft.dpi:";
    const char *end = resources + length;
    for (const char *line = resources; line && line < end;) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        const char *stop = next ? next : end;
        if ((size_t)(stop - line) >= sizeof key && memcmp(line, key, sizeof key - 1) == 0) {
            const char *digit = line + sizeof key - 1;
            unsigned dpi = 0;
            while (digit < stop && (*digit == ' ' || *digit == '\t'))
                digit++;
            for (; digit < stop && *digit >= '0' && *digit <= '9' && dpi < DPI_NORMAL * 100;
                 digit++)
                dpi = dpi * 10 + (unsigned)(*digit - '0');
            unsigned percent = (dpi * 100 + DPI_NORMAL / 2) / DPI_NORMAL;
            return percent >= 25 && percent <= SCALE_MAX ? percent : 100;
        }
        line = next ? next + 1 : NULL;
    }
    return 100;
}

unsigned x11_scale_percent(const xcb_get_property_reply_t *reply)
{
    if (!reply || reply->format != 8)
        return 100;
    return scale_of(xcb_get_property_value(reply), (size_t)xcb_get_property_value_length(reply));
}
