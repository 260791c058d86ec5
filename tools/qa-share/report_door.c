#include "qa-share/report_door.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/exits.h"
#include "common/i18n.h"
#include "qa-share/share_state.h"

#define PATIENCE_MS 5000
#define PACKET_MAX  16384 /* more than any report */
#define DOORS_MAX   64
#define FOLDER_SIZE 90 /* leaves a socket's address room for the name */

/* What is asked, in a packet's first byte; a report's words follow. The answer is a number. */
#define ASK_SESSION 's' /* 1: in a session, 0: not */
#define ASK_REPORT  'r' /* 0 or a qa_error */

static struct {
    int listener; /* -1: none */
    int visitor;
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
} door = {.listener = -1, .visitor = -1};

static bool find_folder(char *folder, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (!runtime || *runtime != '/')
        return false;
    int length = snprintf(folder, size, "%s/qassist", runtime);
    return length > 0 && (size_t)length < size;
}

/* ---- the one who shares ---- */

static bool is_same_user(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) && peer.uid == getuid();
}

static void see_off(struct share *share)
{
    loop_unwatch(&share->loop, door.visitor);
    close(door.visitor);
    door.visitor = -1;
}

static int answer(struct share *share, char *packet)
{
    bool joined = share->sharer && share->state != QA_STATE_ENDED && *share->name;
    if (packet[0] == ASK_SESSION)
        return joined;
    if (packet[0] != ASK_REPORT)
        return QA_EINVAL;
    return share_report(share, packet + 1);
}

static void on_visitor(void *user)
{
    struct share *share = user;
    char packet[PACKET_MAX + 1], text[16];
    ssize_t length = recv(door.visitor, packet, PACKET_MAX, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        see_off(share);
        return;
    }
    packet[length] = '\0';
    int size = snprintf(text, sizeof text, "%d", answer(share, packet));
    explicit_bzero(packet, sizeof packet);
    if (send(door.visitor, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        see_off(share);
}

static void on_knock(void *user)
{
    struct share *share = user;
    int fd = accept4(door.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    if (!is_same_user(fd)) {
        close(fd);
        return;
    }
    if (door.visitor >= 0)
        see_off(share); /* one who says nothing keeps nobody out */
    door.visitor = fd;
    loop_watch(&share->loop, fd, on_visitor, share);
}

static bool bind_door(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, door.path, sizeof address.sun_path);
    unlink(door.path); /* of a process of the same number that is gone */
    return !bind(door.listener, (struct sockaddr *)&address, sizeof address) &&
           !chmod(door.path, 0600) && !listen(door.listener, 4);
}

void report_door_open(struct share *share)
{
    char folder[FOLDER_SIZE];
    if (!find_folder(folder, sizeof folder) || (mkdir(folder, 0700) < 0 && errno != EEXIST))
        return;
    snprintf(door.path, sizeof door.path, "%s/share-%ld", folder, (long)getpid());
    door.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door.listener < 0)
        return;
    if (bind_door())
        loop_watch(&share->loop, door.listener, on_knock, share);
    else
        report_door_close(share);
}

void report_door_close(struct share *share)
{
    if (door.visitor >= 0)
        see_off(share);
    if (door.listener < 0)
        return;
    loop_unwatch(&share->loop, door.listener);
    close(door.listener);
    door.listener = -1;
    unlink(door.path);
}

/* ---- the one who reports ---- */

static int connect_to(const char *folder, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof address.sun_path)
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (!connect(fd, (struct sockaddr *)&address, sizeof address))
        return fd;
    if (errno == ECONNREFUSED)
        unlink(address.sun_path); /* nobody is behind it any more */
    close(fd);
    return -1;
}

/* False when there is no answer. */
static bool ask(int fd, char what, const char *words, int *out)
{
    char packet[PACKET_MAX], text[16];
    int length = snprintf(packet, sizeof packet, "%c%s", what, words);
    if (length < 0 || (size_t)length >= sizeof packet ||
        send(fd, packet, (size_t)length, MSG_NOSIGNAL) < 0)
        return false;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, PATIENCE_MS) != 1)
        return false;
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    if (got <= 0)
        return false;
    text[got] = '\0';
    *out = atoi(text);
    return true;
}

struct found {
    unsigned running;
    unsigned in_session;
    int fd; /* of one in a session; -1: none */
};

static struct found look(const char *folder)
{
    struct found found = {.fd = -1};
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory && found.running < DOORS_MAX && (entry = readdir(directory))) {
        int in_session = 0;
        int fd = strncmp(entry->d_name, "share-", 6) ? -1 : connect_to(folder, entry->d_name);
        if (fd < 0)
            continue;
        found.running++;
        if (ask(fd, ASK_SESSION, "", &in_session) && in_session && !found.in_session++)
            found.fd = fd;
        else
            close(fd);
    }
    if (directory)
        closedir(directory);
    return found;
}

static int fail(const char *text)
{
    fprintf(stderr, "qa-share: %s\n", text);
    return EXIT_INTERNAL;
}

int report_door_knock(const char *words)
{
    char folder[FOLDER_SIZE];
    if (!find_folder(folder, sizeof folder))
        return fail(_("XDG_RUNTIME_DIR is not set, so a running qa-share cannot be found. Press r "
                      "in its terminal."));
    struct found found = look(folder);
    int error = QA_EIO;
    if (found.in_session == 1 && !ask(found.fd, ASK_REPORT, words, &error))
        error = QA_EIO;
    if (found.fd >= 0)
        close(found.fd);
    if (!found.running)
        return fail(_("nothing is shared: no qa-share of yours is running."));
    if (!found.in_session)
        return fail(_("qa-share is running, but no helper is in its session, so there is nothing "
                      "to report."));
    if (found.in_session > 1)
        return fail(_("more than one qa-share is in a session. Press r in the terminal of the one "
                      "that you mean."));
    if (error == QA_ESTATE)
        return fail(_("not reported: the connection broke off. Try again once it is back."));
    if (error) {
        fprintf(stderr, _("qa-share: not reported: %s.\n"), error_text(error));
        return EXIT_INTERNAL;
    }
    puts(_("The session was reported and has ended. Nothing is shared any more."));
    return EXIT_ENDED;
}
