/*
 * The smallest sharer: a program that shares its own picture and nothing else of the computer. What
 * it took to add that is between the marks.
 *
 * Usage: share-app wss://RELAY CODE [CA.pem]     (the answer is typed)
 */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <qassist/qassist.h>

#define WIDTH  320
#define HEIGHT 200

static uint32_t pixels[HEIGHT][WIDTH]; /* 0xRRGGBB: what the program draws anyway */
static qa_consent *question;
static bool over;

/* [share] */
static void on_helper(qa_sharer *sharer, const char *name, const char *organisation, void *user)
{
    printf("%s (%s) asks to see this program.\n", name, organisation);
}
static void on_consent(qa_sharer *sharer, qa_consent *consent, void *user)
{
    question = qa_consent_ref(consent); /* the loop goes on while the person thinks */
    printf("Allow? [y/N]\n");
}
static void on_permissions(qa_sharer *sharer, unsigned permissions, void *user)
{
    qa_sharer_submit_frame(sharer, WIDTH, HEIGHT, sizeof pixels[0], (uint8_t *)pixels, NULL, 0);
}
static void on_end(qa_sharer *sharer, int error, const char *detail, void *user)
{
    over = true;
}
static int share(qa_context *context, const char *code, qa_sharer **sharer)
{
    qa_sharer_options options = {.size = sizeof options, .code = code, .screen = QA_SCREEN_APP};
    qa_sharer_callbacks callbacks = {.size = sizeof callbacks,
                                     .on_helper = on_helper,
                                     .on_consent = on_consent,
                                     .on_permissions = on_permissions,
                                     .on_end = on_end};
    int error = qa_sharer_new(context, &options, &callbacks, NULL, sharer);
    return error ? error : qa_sharer_start(*sharer);
}
/* [end share] */

static void answer(void)
{
    char line[16] = "";
    if (read(STDIN_FILENO, line, sizeof line) > 0 && question && line[0] == 'y')
        qa_consent_allow(question);
    qa_consent_unref(question); /* dropped without an answer: no */
    question = NULL;
}

/* [loop] */
static void loop(qa_context *context)
{
    struct pollfd fds[] = {{.fd = qa_context_get_fd(context), .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!over && poll(fds, 2, -1) >= 0) {
        if (fds[0].revents)
            qa_context_dispatch(context);
        if (fds[1].revents)
            answer();
        fds[1].fd = question ? STDIN_FILENO : -1;
        fflush(stdout);
    }
}
/* [end loop] */

int main(int argc, char *argv[])
{
    qa_context_options options = QA_CONTEXT_OPTIONS_INIT;
    qa_context *context = NULL;
    qa_sharer *sharer = NULL;
    options.relay_url = argc > 2 ? argv[1] : "";
    options.ca_file = argc > 3 ? argv[3] : NULL;
    int error = qa_context_new(&options, &context);
    if (!error)
        error = share(context, argv[2], &sharer);
    if (error)
        fprintf(stderr, "%s (Usage: share-app wss://RELAY CODE [CA.pem])\n", qa_strerror(error));
    else
        loop(context);
    qa_consent_unref(question);
    qa_sharer_unref(sharer);
    qa_context_unref(context);
    return error != 0;
}
