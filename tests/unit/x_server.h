/*
 * A real X server of the test's own (Xvfb on a free display), clients in it, and what else tests
 * with a display and a loop need. Everything started here dies with the test.
 */
#ifndef TESTS_X_SERVER_H
#define TESTS_X_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>
#include <xcb/xcb.h>

#define PATIENCE_MS 30000 /* far more than anything takes, for machines under load */

struct x_server {
    pid_t pid;
    char display[16];
    char directory[64]; /* a temporary one, for what clients write */
};

/* Starts one; the test fails when it does not come up. `options` ends in NULL. */
void x_server_start(struct x_server *server, const char *screen, const char *const *options);
void x_server_stop(struct x_server *server);

/*
 * A group's fixture of this size: zeroed but for its first member, a struct x_server that runs. The
 * end stops and frees it.
 */
int x_server_fixture(void **state, size_t size, const char *screen);
int x_server_fixture_end(void **state);

/* Starts a program on the display. */
pid_t x_server_spawn(const struct x_server *server, const char *const *arguments);
/* Runs one to its end; its exit status must be 0. */
void x_server_run(const struct x_server *server, const char *const *arguments);
void end_process(pid_t pid);

xcb_connection_t *x_server_connect(const struct x_server *server, xcb_screen_t **screen);
/* All requests so far are done. */
void x_sync(xcb_connection_t *xcb);
xcb_atom_t x_atom(xcb_connection_t *xcb, const char *name);

/* Runs the loop until an event of it makes the condition hold; false when patience is over. */
bool run_until(uv_loop_t *loop, bool (*condition)(void *user), void *user);
/* The same for a condition that the loop does not notice: looks every few milliseconds. */
bool run_polling(uv_loop_t *loop, bool (*condition)(void *user), void *user);
void run_for(uv_loop_t *loop, unsigned milliseconds);

/* Runs what is left on the loop and closes it; the test fails when handles stay open. */
void close_loop(uv_loop_t *loop);

/* libuv keeps some descriptors from the first loop on: call this before counting. */
void warm_up_loop(void);
unsigned open_descriptors(void);

#endif
