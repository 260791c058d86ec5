#include "qa-help/code_panel.h"
#include "common/i18n.h"

#define ROWS 5
#define WIDE 5 /* columns of a large digit */

/* Five columns a row, the leftmost in the highest of five bits. */
static const unsigned char digits[10][ROWS] = {
    {0x1f, 0x11, 0x11, 0x11, 0x1f}, {0x04, 0x0c, 0x04, 0x04, 0x0e}, {0x1f, 0x01, 0x1f, 0x10, 0x1f},
    {0x1f, 0x01, 0x0f, 0x01, 0x1f}, {0x11, 0x11, 0x1f, 0x01, 0x01}, {0x1f, 0x10, 0x1f, 0x01, 0x1f},
    {0x1f, 0x10, 0x1f, 0x11, 0x1f}, {0x1f, 0x01, 0x02, 0x04, 0x04}, {0x1f, 0x11, 0x1f, 0x11, 0x1f},
    {0x1f, 0x11, 0x1f, 0x01, 0x1f},
};

static size_t large_width(const char *code)
{
    size_t width = 0;
    for (; *code; code++)
        width += *code >= '0' && *code <= '9' ? WIDE + 1 : 2;
    return width;
}

static void draw_large(FILE *out, const char *code, const char *block)
{
    for (int row = 0; row < ROWS; row++) {
        fputc(' ', out);
        for (const char *c = code; *c; c++) {
            if (*c < '0' || *c > '9') {
                fputs("  ", out);
                continue;
            }
            for (int bit = WIDE - 1; bit >= 0; bit--)
                fputs(digits[*c - '0'][row] >> bit & 1 ? block : " ", out);
            fputc(' ', out);
        }
        fputc('\n', out);
    }
}

static void draw_edge(FILE *out, const char *left, const char *line, const char *right,
                      size_t length)
{
    fprintf(out, "  %s", left);
    for (size_t i = 0; i < length; i++)
        fputs(line, out);
    fprintf(out, "%s\n", right);
}

static void draw_box(FILE *out, const char *code, bool unicode)
{
    size_t inner = 6;
    for (const char *c = code; *c; c++)
        inner += *c == ' ' ? 3 : 1;
    const char *side = unicode ? "│" : "|";
    draw_edge(out, unicode ? "┌" : "+", unicode ? "─" : "-", unicode ? "┐" : "+", inner);
    fprintf(out, "  %s   ", side);
    for (const char *c = code; *c; c++)
        fprintf(out, "%s%.*s", *c == ' ' ? "  " : "", 1, c);
    fprintf(out, "   %s\n", side);
    draw_edge(out, unicode ? "└" : "+", unicode ? "─" : "-", unicode ? "┘" : "+", inner);
}

void code_panel_draw(FILE *out, const char *code, size_t columns, bool unicode)
{
    fputc('\n', out);
    if (large_width(code) + 1 < columns) {
        draw_large(out, code, unicode ? "█" : "#");
        /* The same again in plain type: blocks can be neither copied nor read out by a machine. */
        fprintf(out, "\n   %s: %s\n", _("Security code"), code);
    } else {
        draw_box(out, code, unicode);
    }
    fputc('\n', out);
}

void code_panel_time_left(unsigned seconds, char *out, size_t size)
{
    if (seconds >= 60)
        snprintf(out, size, _("%u min %02u s"), seconds / 60, seconds % 60);
    else
        snprintf(out, size, _("%u s"), seconds);
}
