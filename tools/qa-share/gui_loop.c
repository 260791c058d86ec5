#include "qa-share/gui_loop.h"

struct loop_source {
    GSource source;
    struct loop *loop;
    struct pollfd polled[LOOP_WATCHES];
    gpointer tags[LOOP_WATCHES]; /* of the descriptors that GLib polls, NULL where there is none */
};

/* Descriptors come and go: GLib is told what changed since the last time. */
static gboolean prepare(GSource *source, gint *timeout)
{
    struct loop_source *own = (struct loop_source *)source;
    struct pollfd wanted[LOOP_WATCHES];
    *timeout = loop_prepare(own->loop, wanted);
    for (int i = 0; i < LOOP_WATCHES; i++) {
        if (own->tags[i] && wanted[i].fd == own->polled[i].fd)
            continue;
        if (own->tags[i])
            g_source_remove_unix_fd(source, own->tags[i]);
        own->tags[i] =
            wanted[i].fd >= 0 ? g_source_add_unix_fd(source, wanted[i].fd, G_IO_IN) : NULL;
        own->polled[i] = wanted[i];
    }
    return *timeout == 0;
}

static gboolean check(GSource *source)
{
    struct loop_source *own = (struct loop_source *)source;
    struct pollfd unused[LOOP_WATCHES];
    bool ready = loop_prepare(own->loop, unused) == 0;
    for (int i = 0; i < LOOP_WATCHES; i++) {
        own->polled[i].revents =
            own->tags[i] ? (short)g_source_query_unix_fd(source, own->tags[i]) : 0;
        ready = ready || own->polled[i].revents;
    }
    return ready;
}

static gboolean dispatch(GSource *source, GSourceFunc callback, gpointer user)
{
    struct loop_source *own = (struct loop_source *)source;
    loop_work(own->loop, own->polled);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = {.prepare = prepare, .check = check, .dispatch = dispatch};

GSource *gui_loop_attach(struct loop *loop)
{
    GSource *source = g_source_new(&functions, sizeof(struct loop_source));
    ((struct loop_source *)source)->loop = loop;
    g_source_set_static_name(source, "qassist");
    g_source_attach(source, NULL);
    return source;
}
