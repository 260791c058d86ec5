/*
 * The sandbox: after sandbox_enter the process keeps its descriptors and memory and can get nothing
 * else: no file, no socket, no program, no process.
 */
#ifndef WORKER_SANDBOX_H
#define WORKER_SANDBOX_H

/* Ends the process when the sandbox cannot be made. */
void sandbox_enter(void);

#endif
