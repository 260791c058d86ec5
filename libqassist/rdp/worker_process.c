#include "rdp/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "rdp/worker_protocol.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define CHILD_FD_FIRST_FREE (WORKER_FD_PICTURE + 1)

int worker_fd_above_stdio(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

static int set_file_actions(posix_spawn_file_actions_t *actions, const int high[3],
                            bool keep_stderr)
{
    /* The sources lie above the targets, so that no step overwrites what a later one needs. */
    int error = posix_spawn_file_actions_adddup2(actions, high[0], WORKER_FD_STREAM);
    if (!error)
        error = posix_spawn_file_actions_adddup2(actions, high[1], WORKER_FD_CONTROL);
    if (!error)
        error = posix_spawn_file_actions_adddup2(actions, high[2], WORKER_FD_PICTURE);
    for (int fd = STDIN_FILENO; !error && fd <= (keep_stderr ? STDOUT_FILENO : STDERR_FILENO); fd++)
        error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(actions, CHILD_FD_FIRST_FREE);
    return error;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    /* A session of its own: the terminal's Ctrl-C is for the app, which ends the worker in order.
     */
    int error = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

static int spawn(pid_t *pid, const char *path, const int high[3], bool keep_stderr)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        char *arguments[] = {(char *)path, NULL};
        char *environment[] = {NULL};
        error = set_file_actions(&actions, high, keep_stderr);
        if (!error)
            error = set_attributes(&attributes);
        if (!error)
            error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static int map_spawn_error(int error)
{
    switch (error) {
    case 0:
        return 0;
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EPERM:
    case ENOEXEC:
    case ELOOP:
    case EISDIR:
    case ENAMETOOLONG:
        return QA_EWORKER_MISSING;
    case ENOMEM:
    case EAGAIN:
        return QA_ENOMEM;
    default:
        return QA_EIO;
    }
}

/* pidfd_open gives a descriptor that is not inherited. */
static int open_pidfd(pid_t pid)
{
    return worker_fd_above_stdio((int)syscall(SYS_pidfd_open, pid, 0));
}

int worker_process_start(struct worker_process *process, const char *path,
                         const struct worker_process_fds *fds, bool keep_stderr)
{
    *process = (struct worker_process){.pid = -1, .pidfd = -1};
    const int sources[3] = {fds->stream, fds->control, fds->picture};
    int high[3] = {-1, -1, -1};
    int error = 0;
    for (int i = 0; i < 3 && !error; i++) {
        high[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, CHILD_FD_FIRST_FREE);
        if (high[i] < 0)
            error = QA_EIO;
    }
    if (!error)
        error = map_spawn_error(spawn(&process->pid, path, high, keep_stderr));
    for (int i = 0; i < 3; i++)
        if (high[i] >= 0)
            close(high[i]);
    if (error)
        return error;

    process->pidfd = open_pidfd(process->pid);
    if (process->pidfd < 0) {
        /* ESRCH: it died and the host reaped it already; its number may be another's by now. */
        if (errno != ESRCH) {
            kill(process->pid, SIGKILL);
            while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
        return QA_EIO;
    }
    return 0;
}

void worker_process_kill(const struct worker_process *process)
{
    if (process->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0);
}

static void describe(struct worker_process_end *end)
{
    if (!end->known)
        snprintf(end->text, sizeof end->text, "it is gone");
    else if (end->signal)
        snprintf(end->text, sizeof end->text, "killed by signal %d", end->signal);
    else
        snprintf(end->text, sizeof end->text, "exit status %d", end->status);
}

void worker_process_reap(struct worker_process *process, struct worker_process_end *end)
{
    siginfo_t info = {0};
    int result;
    *end = (struct worker_process_end){.status = -1};
    do {
        result = waitid((idtype_t)P_PIDFD, (id_t)process->pidfd, &info, WEXITED);
    } while (result < 0 && errno == EINTR);
    /* ECHILD: the host ignores SIGCHLD or took the status itself. Gone is gone. */
    if (result == 0 && info.si_pid == process->pid) {
        end->known = true;
        if (info.si_code == CLD_EXITED)
            end->status = info.si_status;
        else
            end->signal = info.si_status;
    }
    describe(end);
    close(process->pidfd);
    process->pidfd = -1;
}
