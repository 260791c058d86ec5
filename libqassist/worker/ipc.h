/*
 * The worker's end of the control socket. Pings are answered here; every other message goes to the
 * role's handler. The library closing its end ends the process, wherever it is.
 */
#ifndef WORKER_IPC_H
#define WORKER_IPC_H

#include <stdint.h>

#include "rdp/worker_protocol.h"

struct ipc {
    int fd;
    void (*handle)(void *user, const union worker_message *message);
    void *user;
};

/* Waits for the first message, the hello. */
struct worker_hello ipc_greet(struct ipc *ipc);

/* Handles the messages that wait; does not block. */
void ipc_receive(struct ipc *ipc);

/* Handles those at the head of the queue that are of this type, and pings. */
void ipc_receive_only(struct ipc *ipc, enum worker_message_type type);

/* Sends; blocks while the library does not read, which it always does in the end. */
void ipc_send(struct ipc *ipc, const union worker_message *message);
void ipc_send_simple(struct ipc *ipc, enum worker_message_type type);

#endif
