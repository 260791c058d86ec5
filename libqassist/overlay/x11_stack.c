/*
 * What the overlay shows stays on top: whenever a window comes up, the order is asked for, and put
 * right where something is above ours. Asking works with compositing managers, too, under which
 * windows are never told that they are covered. Bounded, so that two programs that both want to be
 * on top do not keep the machine busy.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "overlay/x11.h"

#define RAISE_MS      100 /* between two raises */
#define RAISE_SLOW_MS 1000
#define QUICK_RAISES  100 /* after these many, slowly */
#define CALM_MS       3000

void stack_open(struct overlay_x11 *overlay)
{
    const uint32_t events = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY | XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(overlay->x11.xcb, overlay->x11.screen->root, XCB_CW_EVENT_MASK,
                                 &events);
}

static size_t list_windows(const struct overlay_x11 *overlay, xcb_window_t windows[3])
{
    size_t count = 0;
    if (overlay->banner.window)
        windows[count++] = overlay->banner.window;
    windows[count++] = overlay->laser.window;
    windows[count++] = overlay->canvas.window;
    return count;
}

static bool is_ours(const struct overlay_x11 *overlay, xcb_window_t window)
{
    return window == overlay->banner.window || window == overlay->laser.window ||
           window == overlay->canvas.window;
}

static bool is_shown(const struct overlay_x11 *overlay)
{
    return overlay->banner.mapped || overlay->laser.mapped || overlay->canvas.mapped;
}

void stack_raise(struct overlay_x11 *overlay)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    xcb_window_t windows[3];
    size_t count = list_windows(overlay, windows);
    const uint32_t above[] = {XCB_STACK_MODE_ABOVE};
    xcb_configure_window(xcb, windows[0], XCB_CONFIG_WINDOW_STACK_MODE, above);
    for (size_t i = 1; i < count; i++) {
        const uint32_t below[] = {windows[i - 1], XCB_STACK_MODE_BELOW};
        xcb_configure_window(xcb, windows[i],
                             XCB_CONFIG_WINDOW_SIBLING | XCB_CONFIG_WINDOW_STACK_MODE, below);
    }
}

static void ask(struct overlay_x11 *overlay)
{
    struct stack *stack = &overlay->stack;
    if (!stack->check_due || stack->asked || !is_shown(overlay) ||
        uv_is_active((uv_handle_t *)&overlay->stack_pace))
        return;
    stack->check_due = false;
    stack->asked = xcb_query_tree(overlay->x11.xcb, overlay->x11.screen->root).sequence;
}

void stack_on_event(struct overlay_x11 *overlay, const xcb_generic_event_t *event)
{
    switch (event->response_type & 0x7f) {
    case XCB_MAP_NOTIFY:
    case XCB_CONFIGURE_NOTIFY:
    case XCB_CIRCULATE_NOTIFY:
    case XCB_REPARENT_NOTIFY:
        break;
    default:
        return;
    }
    /* All have the window in the same place. */
    xcb_window_t window = ((const xcb_map_notify_event_t *)event)->window;
    if (window == overlay->x11.screen->root || is_ours(overlay, window))
        return;
    overlay->stack.check_due = true;
    ask(overlay);
}

/* Those of ours that are shown come first, from the top. */
static bool is_on_top(const struct overlay_x11 *overlay, const xcb_query_tree_reply_t *tree)
{
    const xcb_window_t *children = xcb_query_tree_children(tree);
    int left = xcb_query_tree_children_length(tree);
    size_t missing =
        (size_t)overlay->banner.mapped + overlay->laser.mapped + overlay->canvas.mapped;
    while (missing && left-- > 0) {
        if (!is_ours(overlay, children[left]))
            return false;
        missing -= (children[left] == overlay->banner.window && overlay->banner.mapped) ||
                   (children[left] == overlay->laser.window && overlay->laser.mapped) ||
                   (children[left] == overlay->canvas.window && overlay->canvas.mapped);
    }
    return true;
}

static void on_pace(uv_timer_t *timer)
{
    struct overlay_x11 *overlay = timer->data;
    ask(overlay);
    x11_connection_flush(&overlay->x11);
}

void stack_take_answers(struct overlay_x11 *overlay)
{
    struct stack *stack = &overlay->stack;
    void *reply;
    if (!x11_connection_answer(&overlay->x11, &stack->asked, &reply))
        return;
    if (reply && !is_on_top(overlay, reply)) {
        uint64_t now = clock_ms();
        stack->quick = now - stack->raised_ms < CALM_MS ? stack->quick + 1 : 0;
        stack->raised_ms = now;
        stack_raise(overlay);
        uv_timer_start(&overlay->stack_pace, on_pace,
                       stack->quick < QUICK_RAISES ? RAISE_MS : RAISE_SLOW_MS, 0);
    }
    free(reply);
    ask(overlay);
}
