/*
 * qassist-worker: parses and makes RDP for the library, which starts it with three descriptors and
 * talks to it by rdp/worker_protocol.h. The order below is its security: everything that needs
 * files or time first, then the sandbox, then the first byte of the other side.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <freerdp/primitives.h>
#include <winpr/wlog.h>

#include "rdp/picture.h"
#include "worker/client.h"
#include "worker/ipc.h"
#include "worker/quit.h"
#include "worker/sandbox.h"
#include "worker/server.h"
#ifdef QASSIST_WORKER_TEST
#include "worker/escape.h"
#endif

static bool is_socket(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static uint8_t *map_picture(void)
{
    struct stat status;
    if (fstat(WORKER_FD_PICTURE, &status) != 0 || status.st_size != (off_t)PICTURE_CAPACITY)
        quit(WORKER_EXIT_START, "no picture");
    void *pixels = mmap(NULL, PICTURE_CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                        WORKER_FD_PICTURE, 0);
    if (pixels == MAP_FAILED)
        quit(WORKER_EXIT_START, "the picture cannot be mapped");
    close(WORKER_FD_PICTURE);
    return pixels;
}

static void prepare_freerdp(bool verbose)
{
    /* Without a home FreeRDP does not start; in this one it finds no settings and leaves none. */
    setenv("HOME", "/nonexistent", 1);
    /* Its log may hold what the session shows; silent unless somebody looks for a fault. */
    WLog_SetLogLevel(WLog_GetRoot(), verbose ? WLOG_WARN : WLOG_OFF);
    /* Its default is to measure which code is faster, 300 ms in every process. */
    primitives_set_hints(PRIMITIVES_ONLY_CPU);
}

static void say_hello(struct ipc *ipc, uint32_t role)
{
    union worker_message message = {.hello = {.version = WORKER_PROTOCOL_VERSION, .role = role}};
    worker_message_init(&message, WORKER_HELLO, sizeof message.hello);
    ipc_send(ipc, &message);
}

static void lock_down(const char *program)
{
    sandbox_enter();
#ifdef QASSIST_WORKER_TEST
    escape_try(program);
#endif
}

int main(int argc, char **argv)
{
    static struct ipc ipc = {.fd = WORKER_FD_CONTROL};
    static struct server server;
    static struct client client;
    if (argc < 1 || !is_socket(WORKER_FD_STREAM) || !is_socket(WORKER_FD_CONTROL)) {
        fputs("qassist-worker is started by the qassist library, not by hand.\n", stderr);
        return WORKER_EXIT_START;
    }
    struct worker_hello hello = ipc_greet(&ipc);
    quit_set_verbose(hello.flags & WORKER_VERBOSE);
    prepare_freerdp(hello.flags & WORKER_VERBOSE);
    uint8_t *picture = map_picture();

    if (hello.role == WORKER_SERVER)
        server_init(&server, &ipc, WORKER_FD_STREAM, picture, hello.flags & WORKER_VERBOSE);
    else
        client_init(&client, &ipc, WORKER_FD_STREAM, picture, &hello);
    say_hello(&ipc, hello.role);
    lock_down(argv[0]);

    if (hello.role == WORKER_SERVER)
        server_run(&server);
    client_run(&client);
}
