#include "common/line_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void take_line(struct line_input *input)
{
    if (input->length && input->line[input->length - 1] == '\r')
        input->length--;
    if (input->broken)
        input->length = 0;
    input->line[input->length] = '\0';
    input->fn(input->user, input->line, input->broken);
    explicit_bzero(input->line, input->length);
    input->length = 0;
    input->broken = false;
}

static void take_bytes(struct line_input *input, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && input->loop; i++) {
        if (bytes[i] == '\n')
            take_line(input);
        else if (bytes[i] && input->length < LINE_INPUT_MAX)
            input->line[input->length++] = bytes[i];
        else
            input->broken = true;
    }
}

static void on_readable(void *user)
{
    struct line_input *input = user;
    char bytes[4096];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0) {
        take_bytes(input, bytes, (size_t)count);
        explicit_bzero(bytes, sizeof bytes);
        return;
    }
    if (input->length || input->broken)
        take_line(input);
    if (!input->loop)
        return;
    line_input_stop(input);
    input->fn(input->user, NULL, false);
}

void line_input_start(struct line_input *input, struct loop *loop, line_input_fn fn, void *user)
{
    input->loop = loop;
    input->fn = fn;
    input->user = user;
    input->length = 0;
    input->broken = false;
    loop_watch(loop, STDIN_FILENO, on_readable, input);
}

void line_input_stop(struct line_input *input)
{
    if (input->loop)
        loop_unwatch(input->loop, STDIN_FILENO);
    input->loop = NULL;
}
