/*
 * embedding URL CA TOKEN-FILE: a host that has its own settings, children and threads. A helper in
 * one thread and a sharer in another, each with a context of its own, hold a session; meanwhile the
 * host forks. Nothing of the host may be another one after.
 */
#include <dirent.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <qassist/qassist.h>

#define SIDE    64
#define SIGNALS 64

extern char **environ;

/* What belongs to the host. */
struct host {
    struct sigaction actions[SIGNALS];
    sigset_t mask;
    char locale[128], directory[256];
    size_t environment; /* a sum of all of it */
    mode_t umask;
    unsigned descriptors, threads;
};

static const char *url, *ca;
static char token[512], code[32];
static _Atomic unsigned frames, wanted = 3;
static _Atomic int helper_error = 1, sharer_error = 1;
static pthread_barrier_t code_is_out;

static unsigned entries(const char *path)
{
    unsigned count = 0;
    DIR *directory = opendir(path);
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

static void look(struct host *host)
{
    memset(host, 0, sizeof *host);
    for (int number = 1; number <= SIGNALS; number++)
        sigaction(number, NULL, &host->actions[number - 1]);
    pthread_sigmask(SIG_SETMASK, NULL, &host->mask);
    snprintf(host->locale, sizeof host->locale, "%s", setlocale(LC_ALL, NULL));
    if (!getcwd(host->directory, sizeof host->directory))
        abort();
    for (char **each = environ; *each; each++)
        for (const char *at = *each; *at; at++)
            host->environment = host->environment * 31 + (unsigned char)*at;
    host->umask = umask(0);
    umask(host->umask);
    host->descriptors = entries("/proc/self/fd");
    host->threads = entries("/proc/self/task");
}

/* Flags aside, of which libc sets one by itself (SA_RESTORER). */
static bool same_signals(const struct host *before, const struct host *after)
{
    for (int i = 0; i < SIGNALS; i++) {
        if (before->actions[i].sa_handler != after->actions[i].sa_handler)
            return false;
        for (int number = 1; number <= SIGNALS; number++)
            if (sigismember(&before->actions[i].sa_mask, number) !=
                sigismember(&after->actions[i].sa_mask, number))
                return false;
    }
    return true;
}

static void compare(const char *what, bool same)
{
    printf("%s %s\n", what, same ? "same" : "CHANGED");
}

/* ---- the helper's thread ---- */

static void on_code(qa_helper *helper, const char *digits, uint32_t seconds, const char *name,
                    const char *organisation, void *user_data)
{
    snprintf(code, sizeof code, "%s", digits);
    pthread_barrier_wait(&code_is_out);
}

static void on_frame(qa_helper *helper, qa_frame *frame, void *user_data)
{
    if (++frames >= wanted && wanted > 3)
        qa_helper_end(helper);
}

static void on_helper_end(qa_helper *helper, int error, const char *detail, void *user_data)
{
    helper_error = error;
    qa_context_stop(user_data);
}

static qa_context *new_context(void)
{
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    options.relay_url = url;
    options.ca_file = ca;
    qa_context *context = NULL;
    if (qa_context_new(&options, &context))
        abort();
    return context;
}

static void *help(void *unused)
{
    qa_context *context = new_context();
    qa_helper_options options = QA_HELPER_OPTIONS_INIT;
    options.token = token;
    qa_helper_callbacks callbacks = QA_HELPER_CALLBACKS_INIT;
    callbacks.on_code = on_code;
    callbacks.on_frame = on_frame;
    callbacks.on_end = on_helper_end;
    qa_helper *helper;
    if (qa_helper_new(context, &options, &callbacks, context, &helper) || qa_helper_start(helper))
        abort();
    qa_context_run(context);
    qa_helper_unref(helper);
    qa_context_unref(context);
    return NULL;
}

/* ---- the sharer's thread ---- */

static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user_data)
{
    qa_consent_allow(consent);
}

static void on_sharer_end(qa_sharer *sharer, int error, const char *detail, void *user_data)
{
    bool *over = user_data;
    sharer_error = error;
    *over = true;
}

static void *share(void *unused)
{
    static uint8_t pixels[SIDE * SIDE * 4];
    bool over = false;
    pthread_barrier_wait(&code_is_out);
    qa_context *context = new_context();
    qa_sharer_options options = QA_SHARER_OPTIONS_INIT;
    options.code = code;
    options.screen = QA_SCREEN_APP;
    qa_sharer_callbacks callbacks = QA_SHARER_CALLBACKS_INIT;
    callbacks.on_consent = on_consent;
    callbacks.on_end = on_sharer_end;
    qa_sharer *sharer;
    if (qa_sharer_new(context, &options, &callbacks, &over, &sharer) || qa_sharer_start(sharer))
        abort();
    struct pollfd library = {.fd = qa_context_get_fd(context), .events = POLLIN};
    for (unsigned turn = 0; !over; turn++) {
        if (poll(&library, 1, 20) > 0)
            qa_context_dispatch(context);
        memset(pixels, (int)turn, sizeof pixels);
        qa_sharer_submit_frame(sharer, SIDE, SIDE, SIDE * 4, pixels, NULL, 0);
    }
    qa_sharer_unref(sharer);
    qa_context_unref(context);
    return NULL;
}

/* ---- the host ---- */

/* Asked by LeakSanitizer: a child has the memory of the threads that it lacks. */
static bool is_child;
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return is_child;
}

/* A child that goes by the whole exit, one that goes at once, one that becomes another program. */
static void fork_children(void)
{
    for (int kind = 0; kind < 3; kind++) {
        fflush(stdout);
        pid_t child = fork();
        is_child = child == 0;
        if (child == 0 && kind == 0)
            exit(0);
        if (child == 0 && kind == 1)
            _exit(0);
        if (child == 0)
            execl("/bin/sh", "sh", "-c",
                  "for fd in /proc/self/fd/*; do echo \"open ${fd##*/}\"; done", (char *)NULL);
        int status = -1;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "child of kind %d: status %d\n", kind, status);
            abort();
        }
    }
}

static void wait_for_frames(void)
{
    while (frames < 3 && helper_error == 1)
        usleep(10000);
}

int main(int argc, char *argv[])
{
    FILE *file = argc == 4 ? fopen(argv[3], "re") : NULL;
    if (!file || !fgets(token, sizeof token, file))
        return 2;
    fclose(file);
    token[strcspn(token, "\n")] = '\0';
    url = argv[1];
    ca = argv[2];
    setlocale(LC_ALL, "");
    umask(022);

    static struct host before, after;
    pthread_barrier_init(&code_is_out, NULL, 2);
    qa_context_unref(new_context()); /* libuv opens two descriptors for the process, once */
    look(&before);
    pthread_t helper, sharer;
    if (pthread_create(&helper, NULL, help, NULL) || pthread_create(&sharer, NULL, share, NULL))
        return 1;
    wait_for_frames();
    fork_children();
    wanted = frames + 5; /* the session goes on after that */
    pthread_join(helper, NULL);
    pthread_join(sharer, NULL);
    look(&after);
    printf("helper %d sharer %d\n", helper_error, sharer_error);
    compare("signals", same_signals(&before, &after));
    compare("mask", !memcmp(&before.mask, &after.mask, sizeof before.mask));
    compare("locale", !strcmp(before.locale, after.locale));
    compare("directory", !strcmp(before.directory, after.directory));
    compare("environment", before.environment == after.environment);
    compare("umask", before.umask == after.umask);
    compare("descriptors", before.descriptors == after.descriptors);
    compare("threads", before.threads == after.threads);
    return 0;
}
