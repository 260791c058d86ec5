#include "qa-share/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/signals.h"
#include "common/text.h"

static struct termios before;
static volatile bool changed;
static volatile bool status_drawn;

bool terminal_present(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Async-signal-safe. */
void terminal_restore(void)
{
    if (!changed)
        return;
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    changed = false;
    if (status_drawn && write(STDOUT_FILENO, "\n", 1) == 1)
        status_drawn = false;
}

bool terminal_start(void)
{
    if (tcgetattr(STDIN_FILENO, &before) < 0)
        return false;
    struct termios keys = before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    /* Ctrl+Z would freeze a session that goes on being shown; there is p for a pause. */
    keys.c_cc[VSUSP] = _POSIX_VDISABLE;
    signals_before_death(terminal_restore);
    atexit(terminal_restore);
    changed = true;
    if (tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0)
        return true;
    changed = false;
    return false;
}

void terminal_forget_typed(void)
{
    tcflush(STDIN_FILENO, TCIFLUSH);
}

static void clear_line(void)
{
    fputs("\r\033[K", stdout);
}

void terminal_say(const char *paragraph)
{
    if (status_drawn)
        clear_line();
    status_drawn = false;
    text_wrap(stdout, paragraph, text_width(stdout));
    fflush(stdout);
}

void terminal_status(const char *text)
{
    if (!*text && !status_drawn)
        return;
    clear_line();
    fputs(text, stdout);
    fflush(stdout);
    status_drawn = *text != '\0';
}

size_t terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}
