#include "session/clip_gate.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "wire/talk_text.h"

void clip_gate_init(struct clip_gate *gate,
                    void (*copied)(void *user, const char *text, size_t length), void *user)
{
    *gate = (struct clip_gate){.copied = copied, .user = user};
}

void clip_gate_attach(struct clip_gate *gate, struct clipboard *clipboard)
{
    clip_gate_detach(gate);
    gate->clipboard = clipboard;
    clipboard->ops->set_watched(clipboard, gate->to_helper);
}

void clip_gate_detach(struct clip_gate *gate)
{
    if (gate->clipboard)
        gate->clipboard->ops->destroy(gate->clipboard);
    gate->clipboard = NULL;
    sodium_memzero(gate->digest, sizeof gate->digest);
    gate->put_last = false;
}

void clip_gate_set(struct clip_gate *gate, bool to_helper, bool to_sharer)
{
    gate->to_helper = to_helper;
    gate->to_sharer = to_sharer;
    if (gate->clipboard)
        gate->clipboard->ops->set_watched(gate->clipboard, to_helper);
}

static void digest_of(const char *text, size_t length, uint8_t digest[CLIP_DIGEST])
{
    crypto_generichash(digest, CLIP_DIGEST, (const unsigned char *)text, length, NULL, 0);
}

int clip_gate_put(struct clip_gate *gate, const char *text, size_t length)
{
    if (!gate->to_sharer || !gate->clipboard || !length)
        return 0;
    int error = gate->clipboard->ops->put(gate->clipboard, text, length);
    if (!error) {
        digest_of(text, length, gate->digest);
        gate->put_last = true;
    }
    return error;
}

/* Programs that keep what was copied take over the helper's text as their own. */
static bool is_echo(struct clip_gate *gate, const char *text, size_t length)
{
    uint8_t digest[CLIP_DIGEST];
    digest_of(text, length, digest);
    bool echo = gate->put_last && !sodium_memcmp(digest, gate->digest, sizeof digest);
    sodium_memzero(digest, sizeof digest);
    return echo;
}

static void on_copied(void *user, const char *data, size_t length)
{
    struct clip_gate *gate = user;
    if (!gate->to_helper || length > QA_CLIPBOARD_MAX)
        return;
    char *text = malloc(length + 1);
    if (!text)
        return; /* nothing is owed: the next copy may pass */
    size_t clean = talk_text_clipboard(data, length, text);
    if (clean && !is_echo(gate, text, clean)) {
        gate->put_last = false;
        gate->copied(gate->user, text, clean);
    }
    sodium_memzero(text, clean);
    free(text);
}

const struct clipboard_events clip_gate_events = {.copied = on_copied};
