/*
 * The panic key by raw key events on the root window: they come whatever window has the keyboard,
 * also while a program has grabbed it.
 */
#include <stdlib.h>
#include <string.h>

#include <xcb/xinput.h>

#include "input/scancode.h"
#include "overlay/x11.h"

static bool has_xinput(struct overlay_x11 *overlay)
{
    xcb_connection_t *xcb = overlay->x11.xcb;
    if (!x11_connection_has(&overlay->x11, &xcb_input_id))
        return false;
    /* From 2.1 on raw events come despite grabs. */
    xcb_input_xi_query_version_reply_t *reply =
        xcb_input_xi_query_version_reply(xcb, xcb_input_xi_query_version(xcb, 2, 2), NULL);
    bool good = reply && (reply->major_version > 2 ||
                          (reply->major_version == 2 && reply->minor_version >= 1));
    free(reply);
    overlay->keys.xi_opcode = xcb_get_extension_data(xcb, &xcb_input_id)->major_opcode;
    return good;
}

/* The server's own devices for programs that play a hand. */
static void find_fake_devices(struct overlay_x11 *overlay)
{
    struct keys *keys = &overlay->keys;
    xcb_connection_t *xcb = overlay->x11.xcb;
    xcb_input_xi_query_device_reply_t *reply = xcb_input_xi_query_device_reply(
        xcb, xcb_input_xi_query_device(xcb, XCB_INPUT_DEVICE_ALL), NULL);
    if (!reply)
        return;
    xcb_input_xi_device_info_iterator_t each = xcb_input_xi_query_device_infos_iterator(reply);
    for (; each.rem && keys->fake_count < FAKE_DEVICES_MAX; xcb_input_xi_device_info_next(&each)) {
        const char *name = xcb_input_xi_device_info_name(each.data);
        size_t length = (size_t)xcb_input_xi_device_info_name_length(each.data);
        if (memmem(name, length, "XTEST", 5))
            keys->fake_devices[keys->fake_count++] = each.data->deviceid;
    }
    free(reply);
}

bool keys_is_fake(const struct overlay_x11 *overlay, uint16_t device)
{
    for (size_t i = 0; i < overlay->keys.fake_count; i++)
        if (overlay->keys.fake_devices[i] == device)
            return true;
    return false;
}

static xcb_get_keyboard_mapping_cookie_t ask_map(struct overlay_x11 *overlay)
{
    const xcb_setup_t *setup = xcb_get_setup(overlay->x11.xcb);
    return xcb_get_keyboard_mapping(overlay->x11.xcb, setup->min_keycode,
                                    (uint8_t)(setup->max_keycode - setup->min_keycode + 1));
}

static void take_map(struct overlay_x11 *overlay, const xcb_get_keyboard_mapping_reply_t *reply)
{
    const xcb_setup_t *setup = xcb_get_setup(overlay->x11.xcb);
    unsigned count = (unsigned)(setup->max_keycode - setup->min_keycode + 1);
    if ((size_t)xcb_get_keyboard_mapping_keysyms_length(reply) <
        (size_t)count * reply->keysyms_per_keycode)
        return;
    panic_watch_map(&overlay->keys.watch, setup->min_keycode, count, reply->keysyms_per_keycode,
                    xcb_get_keyboard_mapping_keysyms(reply), overlay->keys.evdev_key);
}

void keys_map_changed(struct overlay_x11 *overlay)
{
    struct keys *keys = &overlay->keys;
    keys->map_is_old = keys->watched;
    if (keys->map_is_old && !keys->map_asked) {
        keys->map_is_old = false;
        keys->map_asked = ask_map(overlay).sequence;
    }
}

void keys_take_answers(struct overlay_x11 *overlay)
{
    void *reply;
    if (!x11_connection_answer(&overlay->x11, &overlay->keys.map_asked, &reply))
        return;
    if (reply)
        take_map(overlay, reply);
    free(reply);
    if (overlay->keys.map_is_old)
        keys_map_changed(overlay);
}

bool keys_on_raw(struct overlay_x11 *overlay, const void *raw_event)
{
    const xcb_input_raw_key_press_event_t *event = raw_event;
    bool pressed = event->event_type == XCB_INPUT_RAW_KEY_PRESS;
    if (!overlay->keys.watched || (!pressed && event->event_type != XCB_INPUT_RAW_KEY_RELEASE))
        return false;
    return panic_watch_key(&overlay->keys.watch, event->detail, pressed,
                           keys_is_fake(overlay, event->sourceid), event->time);
}

const char *keys_open(struct overlay_x11 *overlay, const struct panic_key *panic)
{
    struct keys *keys = &overlay->keys;
    if (!has_xinput(overlay))
        return "the display has no XInput 2.1, which banner and panic key need";
    find_fake_devices(overlay);
    if (!panic)
        return NULL;
    keys->watched = true;
    panic_watch_init(&keys->watch, panic);
    keys->evdev_key = panic->scancode ? scancode_evdev_keycode(panic->scancode) : 0;
    xcb_get_keyboard_mapping_reply_t *reply =
        xcb_get_keyboard_mapping_reply(overlay->x11.xcb, ask_map(overlay), NULL);
    if (reply)
        take_map(overlay, reply);
    free(reply);
    overlay_select_input(overlay, overlay->x11.screen->root,
                         XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS |
                             XCB_INPUT_XI_EVENT_MASK_RAW_KEY_RELEASE);
    return reply ? NULL : "the display's keyboard cannot be read";
}
