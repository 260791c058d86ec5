/*
 * Windows that ask for a password or for privileges. Every window that comes up is asked for its
 * class before a picture that may show it is said to be there: its MapNotify comes before the
 * pixels on the same connection. A window manager puts windows into its own, so that each is
 * watched by itself from its creation on.
 */
#include <stdlib.h>
#include <string.h>

#include "screen/prompt_classes.h"
#include "screen/x11.h"

#define CLASS_BYTES_MAX 512
#define QUERIES_MAX     16384
#define SCAN_DEPTH      3   /* root, frame, the manager's wrapper, the program's window */
#define LINGER_MS       300 /* a window that goes may fade away, or another one follows it */
#define HELD_TURNS      4   /* a window that is named ever anew holds pictures back so many times */

/* Windows may come faster than there is ever a moment without a question. */
static void drop_answered(struct x11_prompts *prompts)
{
    size_t left = prompts->query_end - prompts->query_first;
    memmove(prompts->queries, prompts->queries + prompts->query_first,
            left * sizeof *prompts->queries);
    prompts->query_first = 0;
    prompts->query_end = left;
}

static struct prompt_query *add_query(struct x11_prompts *prompts)
{
    if (prompts->query_end == prompts->query_room && prompts->query_first > prompts->query_room / 2)
        drop_answered(prompts);
    if (prompts->query_end == prompts->query_room) {
        size_t room = prompts->query_room ? prompts->query_room * 2 : 64;
        struct prompt_query *queries =
            room <= QUERIES_MAX ? realloc(prompts->queries, room * sizeof *queries) : NULL;
        if (!queries)
            return NULL;
        prompts->queries = queries;
        prompts->query_room = room;
    }
    struct prompt_query *query = &prompts->queries[prompts->query_end++];
    *query = (struct prompt_query){0};
    return query;
}

static struct prompt_query *query_of(const struct x11_prompts *prompts, xcb_window_t window)
{
    for (size_t i = prompts->query_first; i < prompts->query_end; i++)
        if (prompts->queries[i].window == window)
            return &prompts->queries[i];
    return NULL;
}

static bool is_up(const struct x11_prompts *prompts, xcb_window_t window)
{
    for (size_t i = 0; i < prompts->up_count; i++)
        if (prompts->up[i] == window)
            return true;
    return false;
}

/* Asks for class and state; also for the windows within, `depth` deep. `turn`: of prompt_query. */
static void ask_in_turn(struct x11_screen *x11, xcb_window_t window, unsigned depth, unsigned turn)
{
    xcb_connection_t *xcb = x11->x11.xcb;
    struct prompt_query *query = add_query(&x11->prompts);
    if (!query) {
        log_warning(x11->log, "screen: too many windows; a prompt among them may be missed");
        return;
    }
    query->window = window;
    query->depth = depth;
    query->turn = turn;
    query->state_asked = xcb_get_window_attributes(xcb, window).sequence;
    query->class_asked = xcb_get_property(xcb, false, window, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 0,
                                          CLASS_BYTES_MAX / 4)
                             .sequence;
    query->title_asked = xcb_get_property(xcb, false, window, XCB_ATOM_WM_NAME,
                                          XCB_GET_PROPERTY_TYPE_ANY, 0, CLASS_BYTES_MAX / 4)
                             .sequence;
    if (depth)
        query->tree_asked = xcb_query_tree(xcb, window).sequence;
}

static void ask(struct x11_screen *x11, xcb_window_t window, unsigned depth)
{
    ask_in_turn(x11, window, depth, 0);
}

/*
 * Some name their window only when it is up already, and some do it a thousand times a second: one
 * question about a window is under way for that, and one is owed.
 */
static void ask_named(struct x11_screen *x11, xcb_window_t window)
{
    struct prompt_query *query = query_of(&x11->prompts, window);
    if (query)
        query->renamed = true;
    else
        ask(x11, window, 0);
}

static void watch(struct x11_screen *x11, xcb_window_t window)
{
    uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_change_window_attributes(x11->x11.xcb, window, XCB_CW_EVENT_MASK, &events);
}

void x11_prompts_start(struct x11_screen *x11)
{
    if (!*x11->prompts.classes)
        return;
    xcb_window_t root = x11->x11.screen->root;
    uint32_t events = XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;
    xcb_change_window_attributes(x11->x11.xcb, root, XCB_CW_EVENT_MASK, &events);
    ask(x11, root, SCAN_DEPTH);
}

bool x11_prompts_undecided(const struct x11_screen *x11)
{
    const struct x11_prompts *prompts = &x11->prompts;
    for (size_t i = prompts->query_first; i < prompts->query_end; i++)
        if (prompts->queries[i].turn < HELD_TURNS)
            return true;
    return false;
}

static void tell(struct x11_screen *x11, bool up)
{
    if (x11->prompts.told == up || x11->over)
        return;
    x11->prompts.told = up;
    if (x11->events.prompt)
        x11->events.prompt(x11->user, up);
    /* What was captured and not said yet may show it. */
    if (up && x11->paused && !x11->over)
        x11_capture_blank(x11);
}

static void on_linger(uv_timer_t *timer)
{
    struct x11_screen *x11 = timer->data;
    tell(x11, false);
    if (x11->over)
        return;
    x11_connection_flush(&x11->x11);
    x11_connection_wake(&x11->x11);
}

static void set_up(struct x11_screen *x11, xcb_window_t window)
{
    struct x11_prompts *prompts = &x11->prompts;
    if (is_up(prompts, window))
        return;
    if (prompts->up_count < PROMPTS_UP_MAX)
        prompts->up[prompts->up_count++] = window;
    uv_timer_stop(&prompts->linger);
    log_info(x11->log, "screen: a system prompt is up");
    tell(x11, true);
}

static void set_down(struct x11_screen *x11, xcb_window_t window)
{
    struct x11_prompts *prompts = &x11->prompts;
    size_t kept = 0;
    for (size_t i = 0; i < prompts->up_count; i++)
        if (prompts->up[i] != window)
            prompts->up[kept++] = prompts->up[i];
    if (prompts->up_count && !kept)
        uv_timer_start(&prompts->linger, on_linger, LINGER_MS, 0);
    prompts->up_count = kept;
}

static bool names_window(const xcb_property_notify_event_t *event)
{
    return event->state == XCB_PROPERTY_NEW_VALUE &&
           (event->atom == XCB_ATOM_WM_CLASS || event->atom == XCB_ATOM_WM_NAME);
}

/*
 * Only answers decide, for they come in the order of what happened: an event may be looked at
 * before an answer that is older.
 */
void x11_prompts_event(struct x11_screen *x11, const xcb_generic_event_t *event)
{
    struct x11_prompts *prompts = &x11->prompts;
    xcb_window_t window;
    if (!*prompts->classes)
        return;
    switch (event->response_type & 0x7f) {
    case XCB_CREATE_NOTIFY:
        window = ((const xcb_create_notify_event_t *)event)->window;
        watch(x11, window);
        ask(x11, window, 0);
        break;
    case XCB_MAP_NOTIFY:
        ask(x11, ((const xcb_map_notify_event_t *)event)->window, 0);
        break;
    case XCB_PROPERTY_NOTIFY:
        window = ((const xcb_property_notify_event_t *)event)->window;
        if (names_window((const xcb_property_notify_event_t *)event) && !is_up(prompts, window))
            ask_named(x11, window);
        break;
    case XCB_UNMAP_NOTIFY:
    case XCB_DESTROY_NOTIFY:
        /* Both have the window in the same place. */
        window = ((const xcb_unmap_notify_event_t *)event)->window;
        if (is_up(prompts, window) || query_of(prompts, window))
            ask(x11, window, 0);
        break;
    default:
        break;
    }
}

static void take_tree(struct x11_screen *x11, unsigned depth, const xcb_query_tree_reply_t *reply)
{
    const xcb_window_t *children = xcb_query_tree_children(reply);
    int count = xcb_query_tree_children_length(reply);
    for (int i = 0; i < count; i++) {
        watch(x11, children[i]);
        ask(x11, children[i], depth - 1);
    }
}

/* Takes what is there of the answers about the first window; false when some are still missing. */
static bool decide_first(struct x11_screen *x11)
{
    struct x11_prompts *prompts = &x11->prompts;
    struct prompt_query *query = &prompts->queries[prompts->query_first];
    void *reply;
    if (x11_connection_answer(&x11->x11, &query->state_asked, &reply)) {
        const xcb_get_window_attributes_reply_t *state = reply;
        query->mapped = state && state->map_state != XCB_MAP_STATE_UNMAPPED;
        free(reply);
    }
    if (x11_connection_answer(&x11->x11, &query->class_asked, &reply)) {
        const xcb_get_property_reply_t *class = reply;
        query->listed = class && class->format == 8 &&
                        prompt_classes_match(prompts->classes, xcb_get_property_value(class),
                                             (size_t)xcb_get_property_value_length(class));
        free(reply);
    }
    if (x11_connection_answer(&x11->x11, &query->title_asked, &reply)) {
        const xcb_get_property_reply_t *title = reply;
        query->listed =
            query->listed || (title && title->format == 8 &&
                              prompt_classes_title(prompts->classes, xcb_get_property_value(title),
                                                   (size_t)xcb_get_property_value_length(title)));
        free(reply);
    }
    if (x11_connection_answer(&x11->x11, &query->tree_asked, &reply)) {
        if (reply)
            take_tree(x11, query->depth, reply);
        free(reply);
        query = &prompts->queries[prompts->query_first]; /* asking may have moved them */
    }
    if (query->state_asked || query->class_asked || query->title_asked || query->tree_asked)
        return false;
    struct prompt_query decided = *query;
    if (++prompts->query_first == prompts->query_end)
        prompts->query_first = prompts->query_end = 0;
    if (decided.listed && decided.mapped) {
        set_up(x11, decided.window);
        return true;
    }
    set_down(x11, decided.window);
    if (decided.renamed)
        ask_in_turn(x11, decided.window, 0, decided.turn + 1);
    return true;
}

void x11_prompts_step(struct x11_screen *x11)
{
    const struct x11_prompts *prompts = &x11->prompts;
    while (!x11->over && prompts->query_first < prompts->query_end && decide_first(x11))
        ;
}
