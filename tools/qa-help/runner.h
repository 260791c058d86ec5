/*
 * Runs an input script against a session: waits where it must (for a picture, for the sharer's
 * answer, while paused, while the way is full) and goes on when told that something happened.
 */
#ifndef QA_HELP_RUNNER_H
#define QA_HELP_RUNNER_H

#include <qassist/qassist.h>

#include "common/loop.h"
#include "qa-help/screen_list.h"
#include "qa-help/script.h"

enum runner_answer { RUNNER_NOT_ASKED, RUNNER_ASKED, RUNNER_ALLOWED, RUNNER_REFUSED };

struct runner_events {
    /* Save the picture; false ends the script as failed (the callee said why). */
    bool (*snapshot)(void *user, const char *path);
    /* Write to the sharer. 0 or a qa_error. */
    int (*chat)(void *user, const char *text);
    /* All steps so far are done; runner_pump after more were appended. */
    void (*idle)(void *user);
    /* The step 'end'. */
    void (*end)(void *user);
    /*
     * A step failed. `error`: a qa_error, or 0 where only `text` says it. True: go on with the
     * next; false: the runner has stopped.
     */
    bool (*failed)(void *user, int error, const char *text);
};

struct runner {
    qa_helper *helper;
    const struct runner_events *events;
    void *user;
    struct script script;
    size_t next; /* step */
    enum runner_answer answer;
    bool stopped;
    bool step_asked;    /* a request step has put its question */
    bool restart_told;  /* the answer to the last restart step came */
    int64_t step_since; /* 0: not begun */
    unsigned step_frames;
    size_t text_sent;                  /* bytes of the present text step */
    const struct screen_list *screens; /* NULL: none were told */
    uint32_t chosen;                   /* as of the last list */
    unsigned screen_lists;             /* told so far */
    unsigned screens_before;           /* when a screen step put its choice */
    unsigned frames;
    bool picture; /* there is something to see */
    int64_t last_frame;
    struct loop_timer timer;
};

void runner_init(struct runner *runner, struct loop *loop, const struct runner_events *events,
                 void *user);

/* Goes on as far as possible. */
void runner_pump(struct runner *runner);

void runner_on_frame(struct runner *runner);

/* The picture is hidden: what needs one waits for the next. */
void runner_on_hidden(struct runner *runner);

/* The list is the caller's and lives as long as the runner. */
void runner_on_screens(struct runner *runner, const struct screen_list *screens);
void runner_on_permissions(struct runner *runner, unsigned permissions, int reason);

/* The answer to qa_helper_request_restart. */
void runner_on_restart(struct runner *runner);

/* Steps are left that were not run to their end. */
bool runner_unfinished(const struct runner *runner);

/* No step runs any more. */
void runner_stop(struct runner *runner);
void runner_free(struct runner *runner);

#endif
