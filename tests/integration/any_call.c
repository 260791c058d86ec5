/*
 * any-call URL CA TOKEN-FILE SEED SESSIONS: helpers and sharers in one context, whose callbacks
 * call anything at any moment: end, the last unref, pause, revoke, answers late or twice, input,
 * pictures. Nothing may come after an end, a picture stays until its callback returns, and nothing
 * of a session is left. Meant for sanitizers.
 */
#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <qassist/qassist.h>

#define SIDE       48
#define PAIRS      3
#define KEPT_MAX   4
#define FRAMES_MAX 12
/* In a thousand callbacks, those in which a call is made. */
#define CALLS 60
/* Some calls end it long before; the rest are ended by us. */
#define LIFE_SECONDS 5

struct pair {
    qa_helper *helper;
    qa_sharer *sharer;
    bool helper_over, sharer_over; /* on_end came, or the last reference was given back */
    qa_consent *kept[KEPT_MAX];
    size_t kept_count;
    unsigned frames;
    time_t since;
};

static qa_context *context;
static uint8_t picture[SIDE * SIDE * 4];
static unsigned frames, inputs, ends, chats, deliveries, clips, drawings;
static char long_clip[QA_CLIPBOARD_MAX + 1];
static volatile uint32_t sum;

static int below(int limit)
{
    return rand() % limit;
}

static void check(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "any-call: %s\n", what);
    abort();
}

static void submit(struct pair *pair)
{
    const qa_rect damage = {below(80) - 20, below(80) - 20, below(80) - 10, below(80) - 10};
    picture[below(sizeof picture)]++;
    qa_sharer_submit_frame(pair->sharer, SIDE - below(3), SIDE, sizeof picture / SIDE, picture,
                           below(2) ? &damage : NULL, 1);
}

static void answer_kept(struct pair *pair)
{
    while (pair->kept_count) {
        qa_consent *consent = pair->kept[--pair->kept_count];
        if (below(3))
            qa_consent_allow_some(consent, qa_consent_permissions(consent) & (unsigned)below(64),
                                  (uint32_t)below(3));
        if (below(2))
            qa_consent_allow(consent);
        if (below(3) == 0)
            qa_consent_deny(consent);
        qa_consent_unref(consent);
    }
}

static void drop_helper(struct pair *pair)
{
    qa_helper *helper = pair->helper;
    pair->helper = NULL;
    pair->helper_over = true;
    qa_helper_unref(helper);
}

static void drop_sharer(struct pair *pair)
{
    qa_sharer *sharer = pair->sharer;
    pair->sharer = NULL;
    pair->sharer_over = true;
    qa_sharer_unref(sharer);
}

static const char *any_clip(void)
{
    /* Some that are short, so that a text is not always the one before. */
    long_clip[below(sizeof long_clip - 1)] = (char)('a' + below(26));
    return long_clip + (below(2) ? 0 : sizeof long_clip - 1 - (size_t)below(100));
}

static void call_helper(struct pair *pair)
{
    qa_helper *helper = pair->helper;
    switch (below(16)) {
    case 13:
        if (below(3))
            qa_helper_point(helper, below(SIDE + 2), below(SIDE + 2));
        else
            qa_helper_point_hide(helper);
        break;
    case 14:
        qa_helper_mark_begin(helper, (qa_mark_kind)below(5), (uint32_t)below(1 << 25),
                             (uint32_t)below(70), below(SIDE + 2), below(SIDE + 2));
        qa_helper_mark_to(helper, below(SIDE + 2), below(SIDE + 2));
        break;
    case 15:
        if (below(2))
            qa_helper_mark_end(helper);
        else if (below(2))
            qa_helper_undo(helper);
        else
            qa_helper_clear(helper);
        break;
    case 11:
        qa_helper_chat(helper,
                       "Gr\xc3\xbc\xc3\x9f"
                       "e\nto you",
                       NULL);
        break;
    case 12:
        qa_helper_clipboard(helper, any_clip());
        break;
    case 0:
        qa_helper_end(helper);
        break;
    case 1:
        drop_helper(pair);
        break;
    case 2:
        qa_helper_request(helper, (unsigned)below(64), below(2) ? NULL : "anything");
        break;
    case 9:
        qa_helper_pause(helper);
        break;
    case 10:
        qa_helper_resume(helper);
        break;
    case 3:
        qa_helper_key(helper, (uint32_t)below(300), below(2));
        break;
    case 4:
        qa_helper_pointer_move(helper, below(SIDE + 2), below(SIDE + 2));
        break;
    case 5:
        qa_helper_pointer_button(helper, below(SIDE), below(SIDE), QA_BUTTON_LEFT, below(2));
        break;
    case 6:
        qa_helper_text(helper, "Gr\xc3\xbc\xc3\x9f"
                               "e");
        break;
    case 7:
        qa_helper_pointer_wheel(helper, below(SIDE), below(SIDE), below(500) - 250, QA_WHEEL_STEP);
        break;
    default:
        qa_helper_start(helper);
        qa_helper_unref(qa_helper_ref(helper));
    }
}

static void call_sharer(struct pair *pair)
{
    qa_sharer *sharer = pair->sharer;
    uint32_t id;
    switch (below(13)) {
    case 10:
        qa_sharer_chat(sharer, "Hello", &id);
        break;
    case 11:
        qa_sharer_clipboard(sharer, any_clip());
        break;
    case 12:
        if (below(4) == 0)
            qa_sharer_report(sharer, "They wanted my password.");
        break;
    case 0:
        qa_sharer_end(sharer);
        break;
    case 1:
        drop_sharer(pair);
        break;
    case 2:
        qa_sharer_pause(sharer);
        break;
    case 3:
    case 4:
        qa_sharer_resume(sharer);
        break;
    case 5:
        qa_sharer_revoke(sharer, (unsigned)below(64) & ~(below(4) ? 1u : 0u));
        break;
    case 8:
        qa_sharer_set_prompt(sharer, below(2));
        break;
    case 9:
        qa_sharer_allow_prompts(sharer, below(2));
        break;
    case 6:
        submit(pair);
        break;
    default:
        qa_sharer_start(sharer);
        qa_sharer_unref(qa_sharer_ref(sharer));
    }
}

static void call_anything(struct pair *pair)
{
    for (int i = 0; i < 3; i++) {
        if (below(1000) >= CALLS)
            continue;
        if (below(8) == 0)
            answer_kept(pair);
        else if (below(2) && pair->helper)
            call_helper(pair);
        else if (pair->sharer)
            call_sharer(pair);
    }
}

static struct pair *in_helper(void *user)
{
    struct pair *pair = user;
    check(!pair->helper_over, "a helper's callback after its end");
    return pair;
}

static struct pair *in_sharer(void *user)
{
    struct pair *pair = user;
    check(!pair->sharer_over, "a sharer's callback after its end");
    return pair;
}

/* ---- the sharer's callbacks ---- */

static void on_helper(qa_sharer *sharer, const char *shown_name, const char *organisation,
                      void *user)
{
    struct pair *pair = in_sharer(user);
    call_anything(pair);
    sum += (uint32_t)(strlen(shown_name) + strlen(organisation));
}

static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user)
{
    struct pair *pair = in_sharer(user);
    if (pair->kept_count < KEPT_MAX && below(4) == 0)
        pair->kept[pair->kept_count++] = qa_consent_ref(consent);
    else if (below(10))
        qa_consent_allow(consent);
    call_anything(pair);
    sum += qa_consent_permissions(consent);
}

static void on_sharer_state(qa_sharer *sharer, qa_session_state state, void *user)
{
    struct pair *pair = in_sharer(user);
    call_anything(pair);
    if (pair->sharer)
        submit(pair);
}

static void on_sharer_permissions(qa_sharer *sharer, unsigned permissions, void *user)
{
    call_anything(in_sharer(user));
}

static void on_input(qa_sharer *sharer, const qa_input_event *event, void *user)
{
    struct pair *pair = in_sharer(user);
    inputs++;
    call_anything(pair);
    sum += (uint32_t)event->type;
}

static void on_point(qa_sharer *sharer, bool shown, int32_t x, int32_t y, void *user)
{
    struct pair *pair = in_sharer(user);
    drawings++;
    call_anything(pair);
}

static void on_mark(qa_sharer *sharer, const qa_mark_event *event, void *user)
{
    struct pair *pair = in_sharer(user);
    drawings++;
    call_anything(pair);
    sum += (uint32_t)event->step;
}

static void on_sharer_end(qa_sharer *sharer, int error, const char *detail, void *user)
{
    struct pair *pair = in_sharer(user);
    pair->sharer_over = true;
    ends++;
    call_anything(pair);
    sum += (uint32_t)strlen(detail);
}

static void on_withdrawn(qa_sharer *sharer, qa_consent *consent, void *user)
{
    struct pair *pair = in_sharer(user);
    check(qa_consent_allow(consent) == QA_ESTATE, "a void question takes an answer");
    call_anything(pair);
    sum += qa_consent_permissions(consent);
}

static void on_sharer_paused(qa_sharer *sharer, unsigned causes, void *user)
{
    struct pair *pair = in_sharer(user);
    if (pair->sharer && below(2)) {
        qa_sharer_resume(pair->sharer);
        qa_sharer_set_prompt(pair->sharer, false);
    }
    call_anything(pair);
}

static void on_warning(qa_sharer *sharer, const char *text, void *user)
{
    struct pair *pair = in_sharer(user);
    call_anything(pair);
    sum += (uint32_t)strlen(text);
}

static void on_sharer_chat(qa_sharer *sharer, const char *text, void *user)
{
    struct pair *pair = in_sharer(user);
    chats++;
    call_anything(pair);
    sum += (uint32_t)strlen(text);
}

static void on_sharer_chat_delivered(qa_sharer *sharer, uint32_t id, void *user)
{
    struct pair *pair = in_sharer(user);
    deliveries++;
    call_anything(pair);
}

static void on_sharer_clipboard(qa_sharer *sharer, const char *text, void *user)
{
    struct pair *pair = in_sharer(user);
    clips++;
    check(qa_sharer_permissions(sharer) & QA_PERMISSION_CLIPBOARD_TO_SHARER &&
              !qa_sharer_paused(sharer),
          "a clipboard that the sharer does not allow");
    call_anything(pair);
    sum += (uint32_t)strlen(text);
}

static const qa_sharer_callbacks sharer_callbacks = {
    .size = sizeof sharer_callbacks,
    .on_helper = on_helper,
    .on_consent = on_consent,
    .on_state = on_sharer_state,
    .on_permissions = on_sharer_permissions,
    .on_input = on_input,
    .on_point = on_point,
    .on_mark = on_mark,
    .on_end = on_sharer_end,
    .on_withdrawn = on_withdrawn,
    .on_paused = on_sharer_paused,
    .on_warning = on_warning,
    .on_chat = on_sharer_chat,
    .on_chat_delivered = on_sharer_chat_delivered,
    .on_clipboard = on_sharer_clipboard,
};

/* ---- the helper's callbacks ---- */

static void on_code(qa_helper *helper, const char *code, uint32_t seconds, const char *shown_name,
                    const char *organisation, void *user)
{
    struct pair *pair = in_helper(user);
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    options.code = code;
    options.screen = QA_SCREEN_APP;
    options.ask_called = below(2);
    check(!qa_sharer_new(context, &options, &sharer_callbacks, pair, &pair->sharer), "no sharer");
    check(!qa_sharer_start(pair->sharer), "the sharer does not start");
    call_anything(pair);
    sum += (uint32_t)strlen(code);
}

static void on_peer(qa_helper *helper, void *user)
{
    call_anything(in_helper(user));
}

static void on_helper_state(qa_helper *helper, qa_session_state state, void *user)
{
    call_anything(in_helper(user));
}

static void on_helper_permissions(qa_helper *helper, unsigned permissions, int reason, void *user)
{
    struct pair *pair = in_helper(user);
    if (pair->helper && !reason)
        qa_helper_request(pair->helper, (QA_PERMISSION_CONTROL | (unsigned)below(64)) & ~1u, NULL);
    call_anything(pair);
}

static void on_frame(qa_helper *helper, qa_frame *frame, void *user)
{
    struct pair *pair = in_helper(user);
    const uint8_t *pixels = qa_frame_pixels(frame);
    size_t size = qa_frame_stride(frame) * (size_t)qa_frame_height(frame);
    frames++;
    pair->frames++;
    if (pair->helper)
        qa_helper_pointer_move(pair->helper, below(SIDE), below(SIDE));
    if (pair->helper)
        qa_helper_point(pair->helper, below(SIDE), below(SIDE));
    if (pair->helper && below(2))
        qa_helper_mark_begin(pair->helper, QA_MARK_STROKE, 0, 3, below(SIDE), below(SIDE));
    if (pair->helper && below(2))
        qa_helper_clipboard(pair->helper, any_clip());
    if (pair->helper && below(2))
        qa_helper_chat(pair->helper, "What do you see?", NULL);
    if (pair->sharer && below(2))
        qa_sharer_clipboard(pair->sharer, any_clip());
    call_anything(pair);
    if (below(8) == 0 && pair->helper)
        qa_helper_end(pair->helper);
    for (size_t i = 0; i < size; i++)
        sum += pixels[i];
}

static void on_helper_paused(qa_helper *helper, unsigned causes, void *user)
{
    struct pair *pair = in_helper(user);
    if (pair->helper && (causes & QA_PAUSED_BY_HELPER) && below(2))
        qa_helper_resume(pair->helper);
    call_anything(pair);
}

static void on_helper_chat(qa_helper *helper, const char *text, void *user)
{
    struct pair *pair = in_helper(user);
    chats++;
    call_anything(pair);
    sum += (uint32_t)strlen(text);
}

static void on_helper_chat_delivered(qa_helper *helper, uint32_t id, void *user)
{
    struct pair *pair = in_helper(user);
    deliveries++;
    call_anything(pair);
}

static void on_helper_clipboard(qa_helper *helper, const char *text, void *user)
{
    struct pair *pair = in_helper(user);
    clips++;
    check(qa_helper_permissions(helper) & QA_PERMISSION_CLIPBOARD_TO_HELPER,
          "a clipboard that the helper may not have");
    call_anything(pair);
    sum += (uint32_t)strlen(text);
}

static void on_helper_end(qa_helper *helper, int error, const char *detail, void *user)
{
    struct pair *pair = in_helper(user);
    pair->helper_over = true;
    ends++;
    call_anything(pair);
    sum += (uint32_t)strlen(detail);
}

static const qa_helper_callbacks helper_callbacks = {
    .size = sizeof helper_callbacks,
    .on_code = on_code,
    .on_peer = on_peer,
    .on_state = on_helper_state,
    .on_permissions = on_helper_permissions,
    .on_frame = on_frame,
    .on_end = on_helper_end,
    .on_paused = on_helper_paused,
    .on_chat = on_helper_chat,
    .on_chat_delivered = on_helper_chat_delivered,
    .on_clipboard = on_helper_clipboard,
};

/* ---- lives ---- */

static void begin(struct pair *pair, const char *token)
{
    *pair = (struct pair){.since = time(NULL)};
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = token;
    check(!qa_helper_new(context, &options, &helper_callbacks, pair, &pair->helper), "no helper");
    check(!qa_helper_start(pair->helper), "the helper does not start");
}

static void finish(struct pair *pair)
{
    qa_helper_unref(pair->helper);
    qa_sharer_unref(pair->sharer);
    while (pair->kept_count)
        qa_consent_unref(pair->kept[--pair->kept_count]);
}

/* True when both sides are over; brings long lives to their end. */
static bool is_over(struct pair *pair)
{
    if (pair->helper_over && (!pair->sharer || pair->sharer_over))
        return true;
    bool old = pair->frames > FRAMES_MAX || time(NULL) - pair->since > LIFE_SECONDS;
    if (old && pair->helper)
        qa_helper_end(pair->helper);
    else if (old && pair->sharer)
        qa_sharer_end(pair->sharer);
    else if (pair->sharer)
        submit(pair);
    return false;
}

static size_t descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    check(folder != NULL, "no /proc");
    size_t count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void turn(void)
{
    struct pollfd fd = {.fd = qa_context_get_fd(context), .events = POLLIN};
    poll(&fd, 1, 20);
    check(!qa_context_dispatch(context), "dispatch");
}

static void read_token(const char *path, char *token, size_t size)
{
    FILE *file = fopen(path, "re");
    check(file && fgets(token, (int)size, file), "no token");
    fclose(file);
    token[strcspn(token, "\n")] = '\0';
}

/* What happens is drawn by lot: the least is enough once everything has happened. */
static bool wants_more(int begun, int least)
{
    bool all = frames > 5 && inputs && ends > 20 && chats > 5 && deliveries && clips && drawings;
    return begun < least || (!all && begun < 10 * least);
}

int main(int argc, char *argv[])
{
    check(argc == 6, "URL CA TOKEN-FILE SEED LEAST-SESSIONS");
    char token[256];
    read_token(argv[3], token, sizeof token);
    srand((unsigned)atoi(argv[4]));
    memset(long_clip, 'x', sizeof long_clip - 1);
    int least = atoi(argv[5]), begun = 0, running = 0;

    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    options.relay_url = argv[1];
    options.ca_file = argv[2];
    /* What libuv opens once in a process is there after the first context. */
    check(!qa_context_new(&options, &context), "no first context");
    qa_context_unref(context);
    size_t before = descriptors();
    check(!qa_context_new(&options, &context), "no context");

    struct pair pairs[PAIRS];
    bool used[PAIRS] = {false};
    while (wants_more(begun, least) || running) {
        for (size_t i = 0; i < PAIRS; i++) {
            if (used[i] && is_over(&pairs[i])) {
                finish(&pairs[i]);
                used[i] = false;
                running--;
            }
            if (!used[i] && wants_more(begun, least)) {
                begin(&pairs[i], token);
                used[i] = true;
                running++;
                begun++;
            }
        }
        turn();
    }
    qa_context_unref(context);
    check(descriptors() == before, "descriptors are left open");
    printf("{\"event\":\"done\",\"frames\":%u,\"inputs\":%u,\"ends\":%u,\"chats\":%u,"
           "\"deliveries\":%u,\"clips\":%u,\"drawings\":%u}\n",
           frames, inputs, ends, chats, deliveries, clips, drawings);
    return 0;
}
