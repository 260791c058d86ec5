/*
 * The worker as a process: started with its three descriptors and nothing else, watched through a
 * pidfd so that neither a host that reaps all children itself nor one that ignores SIGCHLD can
 * confuse us.
 */
#ifndef RDP_WORKER_PROCESS_H
#define RDP_WORKER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct worker_process {
    pid_t pid;
    int pidfd; /* readable when the process is gone */
};

struct worker_process_end {
    bool known; /* false: the host took the status */
    int status; /* exit status, or -1 when killed by a signal */
    int signal; /* 0, or the signal */
    char text[64];
};

struct worker_process_fds {
    int stream; /* the child's ends; the caller closes its copies */
    int control;
    int picture;
};

/*
 * Starts `path`. `keep_stderr` leaves the host's standard error to the worker. 0,
 * QA_EWORKER_MISSING, QA_ENOMEM, QA_EIO.
 */
int worker_process_start(struct worker_process *process, const char *path,
                         const struct worker_process_fds *fds, bool keep_stderr);

void worker_process_kill(const struct worker_process *process);

/* Reaps; call when pidfd is readable. Closes pidfd. */
void worker_process_reap(struct worker_process *process, struct worker_process_end *end);

/* A copy of `fd` that is neither of 0 to 2 nor inherited; `fd` is closed. -1 on failure. */
int worker_fd_above_stdio(int fd);

#endif
