/*
 * The face in a terminal: lines, one status line, keys, and lines of text for chat and reports,
 * which are typed where the status line is. A question's default is no, and nothing that was typed
 * before it answers it. Without a terminal it only writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/i18n.h"
#include "common/permission_words.h"
#include "common/text.h"
#include "qa-share/line_edit.h"
#include "qa-share/share_state.h"
#include "qa-share/status_line.h"
#include "qa-share/terminal.h"
#include "qa-share/words.h"

#define ANSWER_SIZE 64

enum line_kind { LINE_NONE, LINE_CHAT, LINE_REPORT };

/* One terminal a process. */
static struct {
    bool question_shown; /* it is the last line */
    char answer[ANSWER_SIZE];
    size_t answer_length;
    enum key_state key_state;
    unsigned choices;  /* permissions; the next key says which one to take back */
    bool one_by_one;   /* the open question is answered in parts */
    unsigned answered; /* permissions of it that have their answer */
    unsigned allowed;  /* of these, those with a yes */
    enum line_kind line_kind;
    struct line_edit line;
    bool before_question; /* the line comes first; else an open question does */
    bool is_no;           /* and with the line the question is answered no */
} typing;

static bool is_answering(const struct share *share)
{
    return share->question && !typing.before_question;
}

static void draw_line(struct share *share)
{
    char prompt[512], text[LINE_EDIT_MAX + sizeof prompt];
    if (typing.line_kind == LINE_CHAT)
        snprintf(prompt, sizeof prompt, _("To %s: "), share->name);
    else
        snprintf(prompt, sizeof prompt, "%s ", _("Report, and end. What happened?"));
    size_t columns = terminal_columns() - 1, used = text_columns(prompt);
    const char *tail = line_edit_tail(&typing.line, columns > used + 8 ? columns - used : 8);
    snprintf(text, sizeof text, "%s%s", prompt, tail);
    terminal_status(text);
}

/* What is always in the last line. */
static void draw_status(struct share *share)
{
    if (is_answering(share))
        return;
    if (typing.line_kind) {
        draw_line(share);
        return;
    }
    if (!share->view_since) {
        terminal_status("");
        return;
    }
    struct status_line status = {
        .name = share->name,
        .permissions = share->permissions,
        .causes = share->pause_causes,
        .apart = share->state == QA_STATE_RECONNECTING,
        .seconds = (loop_now() - share->view_since) / 1000,
    };
    char text[512];
    status_line_format(&status, terminal_columns() - 1, text, sizeof text);
    terminal_status(text);
}

static void print_question(struct share *share);

static void say(struct share *share, const char *text)
{
    bool again = typing.question_shown;
    if (again)
        fputs("\r\033[K", stdout);
    terminal_say(text);
    if (again)
        print_question(share);
    else
        draw_status(share);
}

/* A message may have lines; each is said after the other, the first one with who wrote it. */
static void chat(struct share *share, const char *text)
{
    const char *end = strchrnul(text, '\n');
    share_say(share, _("%s writes: %.*s"), share->name, (int)(end - text), text);
    while (*end) {
        text = end + 1;
        end = strchrnul(text, '\n');
        share_say(share, "  %.*s", (int)(end - text), text);
    }
}

static void chat_delivered(struct share *share, unsigned id)
{
    share_say(share, "%s", _("(It arrived.)"));
}

/* What is to be answered now. */
static unsigned present_permissions(const struct share *share)
{
    unsigned left = qa_consent_permissions(share->question) & ~typing.answered;
    return typing.one_by_one ? left & ~(left - 1) : left;
}

static void print_question(struct share *share)
{
    if (ask_is_about_call(share)) {
        printf(_("Did you call %s yourself?"), share->name);
        printf(" %s ", _("[y/N]"));
    } else if (ask_is_about_restart(share)) {
        printf(i18n_text(share_restart_question), share->name);
        printf(" %s ", _("[y/N]"));
    } else if (permissions_are_one(present_permissions(share))) {
        printf(i18n_text(share_words_of(present_permissions(share))->question), share->name);
        printf(" %s ", _("[y/N]"));
    } else {
        printf(_("Let %s do all of this? [y/N, s for some of it]"), share->name);
        putchar(' ');
    }
    printf("%.*s", (int)typing.answer_length, typing.answer);
    fflush(stdout);
    typing.question_shown = true;
}

static void put_question(struct share *share)
{
    terminal_forget_typed();
    typing.answer_length = 0;
    print_question(share);
}

static void leave_question(void)
{
    if (typing.question_shown)
        putchar('\n');
    typing.question_shown = false;
}

/* Opens a line to type, before a question that is open. */
static void open_line(struct share *share, enum line_kind kind)
{
    if (!*share->name)
        return;
    leave_question();
    if (typing.line_kind != kind)
        line_edit_clear(&typing.line);
    typing.line_kind = kind;
    typing.before_question = share->question != NULL;
    draw_status(share);
}

static void close_line(struct share *share)
{
    line_edit_clear(&typing.line);
    typing.line_kind = LINE_NONE;
    typing.before_question = typing.is_no = false;
    terminal_status("");
    if (share->question)
        put_question(share);
    else
        draw_status(share);
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " ")];
}

/* What cannot be sent stays, to be mended or sent again. */
static void send_chat(struct share *share)
{
    char text[LINE_EDIT_MAX + 1];
    snprintf(text, sizeof text, "%s", typing.line.text);
    if (is_blank(text)) {
        close_line(share);
    } else if (!share_chat(share, text, NULL)) {
        close_line(share);
        share_say(share, _("You write: %s"), text);
    }
    explicit_bzero(text, sizeof text);
}

static void send_report(struct share *share)
{
    bool blank = is_blank(typing.line.text), is_no = typing.is_no;
    if (!blank && share_report(share, typing.line.text))
        return;
    if (!is_no) {
        close_line(share);
        return;
    }
    line_edit_clear(&typing.line);
    typing.line_kind = LINE_NONE;
    terminal_status("");
    if (blank)
        ask_answer_plain(share, false);
}

static void take_text(struct share *share, const char *bytes, size_t count)
{
    bool done = false;
    for (size_t i = 0; i < count && !done; i++)
        done = key_is_plain(&typing.key_state, bytes[i]) && line_edit_take(&typing.line, bytes[i]);
    if (!done) {
        draw_line(share);
        return;
    }
    /* The rest of what was pasted is neither keys nor answers. */
    terminal_forget_typed();
    if (typing.line_kind == LINE_CHAT)
        send_chat(share);
    else
        send_report(share);
}

static void list_what_is_asked(struct share *share, unsigned asked)
{
    share_say(share, _("%s asks for this. You can take it back at any time with t."), share->name);
    for (size_t i = 0; i < SHARE_WORDS; i++)
        if (asked & share_words[i].permission)
            share_say(share, "- %s", i18n_text(share_words[i].label));
}

static void ask(struct share *share)
{
    terminal_status("");
    unsigned asked = qa_consent_permissions(share->question);
    typing.answered = typing.allowed = 0;
    typing.one_by_one = false;
    typing.before_question = typing.is_no = false;
    if (qa_consent_renews(share->question))
        share_say(share, _("The time that you allowed is over. May it go on?"));
    else if (asked == QA_PERMISSION_CONTROL)
        share_say(share, _("%s asks for control. You can take it back at any time with t."),
                  share->name);
    if (ask_is_about_restart(share))
        share_say(share, "%s", i18n_text(share_restart_advice));
    if (!permissions_are_one(asked))
        list_what_is_asked(share, asked);
    if (*qa_consent_purpose(share->question)) {
        char purpose[2 * QA_PURPOSE_MAX];
        text_safe(qa_consent_purpose(share->question), purpose, sizeof purpose);
        share_say(share, _("%s says what for: \"%s\""), share->name, purpose);
    }
    put_question(share);
}

static void asked(struct share *share)
{
    leave_question();
    typing.before_question = typing.is_no = false;
}

/* No to having called them: nothing was shown, and somebody may want to hear of it. */
static void not_called(struct share *share)
{
    leave_question();
    share_say(share,
              _("Then hang up: honest helpers do not call you first. Nothing was shown. You can "
                "tell %s what happened; Enter alone reports nothing."),
              share->relay_host);
    open_line(share, LINE_REPORT);
    typing.is_no = true;
}

static void answer_present(struct share *share, bool yes)
{
    if (ask_is_about_call(share)) {
        if (yes)
            ask_answer_plain(share, true);
        else
            not_called(share);
        return;
    }
    if (ask_is_about_restart(share)) {
        ask_answer_plain(share, yes);
        return;
    }
    unsigned present = present_permissions(share);
    typing.answered |= present;
    typing.allowed |= yes ? present : 0;
    if (!present_permissions(share)) {
        ask_answer(share, typing.allowed);
        return;
    }
    leave_question();
    put_question(share);
}

static void take_line(struct share *share)
{
    typing.answer[typing.answer_length] = '\0';
    enum answer answer = answer_understand(typing.answer);
    if (answer == ANSWER_YES || answer == ANSWER_NO) {
        answer_present(share, answer == ANSWER_YES);
        return;
    }
    leave_question();
    bool several = !permissions_are_one(present_permissions(share));
    if (answer == ANSWER_END) {
        share_end(share);
    } else if (answer == ANSWER_WRITE || answer == ANSWER_REPORT) {
        open_line(share, answer == ANSWER_WRITE ? LINE_CHAT : LINE_REPORT);
    } else if (answer == ANSWER_SOME && several) {
        typing.one_by_one = true;
        put_question(share);
    } else {
        share_say(share, several ? _("Please type y for yes, n for no or s for some of it.")
                                 : _("Please type y for yes or n for no."));
        put_question(share);
    }
}

static void erase(size_t count)
{
    while (count-- && typing.answer_length) {
        typing.answer_length--;
        fputs("\b \b", stdout);
    }
}

static void take_answer(struct share *share, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char c = bytes[i];
        if (!key_is_plain(&typing.key_state, c))
            continue;
        if (c == '\n' || c == '\r') {
            /* What came with the same keystrokes was not meant for the next question. */
            take_line(share);
            break;
        }
        if (c == '\b' || c == 0x7f) {
            erase(1);
        } else if (c == 0x15) { /* Ctrl+U */
            erase(typing.answer_length);
        } else if (c >= ' ' && c < 0x7f && typing.answer_length < ANSWER_SIZE - 1) {
            typing.answer[typing.answer_length++] = c;
            putchar(c);
        }
    }
    fflush(stdout);
}

/* Of the permissions that can be taken back, in the order of the list. */
static unsigned permission_at(const struct share *share, size_t number)
{
    for (size_t i = 0; i < SHARE_WORDS; i++) {
        unsigned permission = share_words[i].permission;
        if (permission != QA_PERMISSION_VIEW && share->permissions & permission && !number--)
            return permission;
    }
    return 0;
}

/* Control at once, without a word more; of the others, which one. */
static void take_back(struct share *share)
{
    unsigned others = share->permissions & ~(unsigned)QA_PERMISSION_VIEW;
    if (others & QA_PERMISSION_CONTROL) {
        share_take_back(share, QA_PERMISSION_CONTROL);
    } else if (others && permissions_are_one(others)) {
        share_take_back(share, others);
    } else if (others) {
        typing.choices = share->permissions;
        share_say(share, _("Take back what? Press a number, or a for all of it:"));
        for (size_t i = 0; permission_at(share, i); i++)
            share_say(share, "%zu  %s", i + 1,
                      i18n_text(share_words_of(permission_at(share, i))->label));
    }
}

/* False: the key means what it means at any other time. */
static bool take_choice(struct share *share, char key)
{
    unsigned from = typing.choices, chosen = 0;
    typing.choices = 0;
    if (from != share->permissions)
        return false; /* the list is not the one that was read */
    if (key == 'a' || key == 'A')
        chosen = from & ~(unsigned)QA_PERMISSION_VIEW;
    else if (key >= '1' && key <= '9')
        chosen = permission_at(share, (size_t)(key - '1'));
    if (chosen)
        share_take_back(share, chosen);
    return chosen;
}

static void toggle_prompts(struct share *share)
{
    if (!share->prompts_allowed && !share_may_allow_prompts(share)) {
        share_say(share, _("%s could press this key, too. Pause with p before."), share->name);
        return;
    }
    share_allow_prompts(share, !share->prompts_allowed);
    share_say(share,
              share->prompts_allowed
                  ? _("From now on %s sees system prompts, too, and may answer them when you "
                      "allowed control. Press a to hide them again.")
                  : _("System prompts are hidden from %s again."),
              share->name);
}

static void take_keys(struct share *share, const char *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!key_is_plain(&typing.key_state, keys[i]))
            continue;
        if (take_choice(share, keys[i]))
            continue;
        switch (keys[i]) {
        case 'p':
        case 'P':
            share_toggle_pause(share);
            break;
        case 't':
        case 'T':
            take_back(share);
            break;
        case 'a':
        case 'A':
            if (share->view_since)
                toggle_prompts(share);
            break;
        case 'e':
        case 'E':
            share_end(share);
            break;
        case 'c':
        case 'C':
            open_line(share, LINE_CHAT);
            return; /* what came with it was not meant for the helper */
        case 'r':
        case 'R':
            open_line(share, LINE_REPORT);
            return;
        default:
            break;
        }
    }
}

static void on_typed(void *user)
{
    struct share *share = user;
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count <= 0) { /* the terminal is gone: nobody could take anything back any more */
        loop_unwatch(&share->loop, STDIN_FILENO);
        share_leave(share);
    } else if (is_answering(share)) {
        take_answer(share, bytes, (size_t)count);
    } else if (typing.line_kind) {
        take_text(share, bytes, (size_t)count);
    } else {
        take_keys(share, bytes, (size_t)count);
    }
}

static void ended(struct share *share, int error, const char *story)
{
    line_edit_clear(&typing.line);
    typing.line_kind = LINE_NONE;
    terminal_status("");
    if (error)
        complain(&share->options->common, "%s", story);
    else
        share_say(share, "%s", story);
    terminal_restore();
    loop_stop(&share->loop);
}

static void nothing(struct share *share)
{
}

static const struct share_face terminal_face = {
    .keys = true,
    .asks_called = true,
    .say = say,
    .ask = ask,
    .asked = asked,
    .status = draw_status,
    .chat = chat,
    .chat_delivered = chat_delivered,
    .ended = ended,
};

static const struct share_face paper_face = {
    .say = say,
    .asked = nothing,
    .status = nothing,
    .ended = ended,
};

void terminal_face_start(struct share *share)
{
    bool person = terminal_present() && terminal_start();
    share->face = person ? &terminal_face : &paper_face;
    if (person)
        loop_watch(&share->loop, STDIN_FILENO, on_typed, share);
}
