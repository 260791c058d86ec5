#include "qa-share/line_edit.h"

#include <string.h>

#include "common/text.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

static void erase_character(struct line_edit *edit)
{
    while (edit->length && is_continuation(edit->text[--edit->length]))
        ;
    edit->text[edit->length] = '\0';
}

bool line_edit_take(struct line_edit *edit, char byte)
{
    if (byte == '\n' || byte == '\r')
        return true;
    if (byte == '\b' || byte == 0x7f) {
        erase_character(edit);
    } else if (byte == 0x15) { /* Ctrl+U */
        line_edit_clear(edit);
    } else if ((unsigned char)byte >= ' ' && edit->length < LINE_EDIT_MAX) {
        edit->text[edit->length++] = byte;
        edit->text[edit->length] = '\0';
    }
    return false;
}

void line_edit_clear(struct line_edit *edit)
{
    explicit_bzero(edit, sizeof *edit);
}

const char *line_edit_tail(const struct line_edit *edit, size_t columns)
{
    const char *tail = edit->text;
    while (*tail && text_columns(tail) > columns) {
        tail++;
        while (is_continuation(*tail))
            tail++;
    }
    return tail;
}
