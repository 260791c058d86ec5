/* A session without a window, shared by headless*.c. */
#ifndef QA_HELP_HEADLESS_STATE_H
#define QA_HELP_HEADLESS_STATE_H

#include "common/loop.h"
#include "qa-help/help_session.h"
#include "qa-help/live_input.h"
#include "qa-help/runner.h"
#include "qa-help/snapshot.h"

/* What is left to do after the first picture; each phase leads to the next. */
enum phase { PHASE_SCRIPT, PHASE_STILL, PHASE_LINGER, PHASE_ENDING };

struct headless {
    const struct help_options *options;
    struct help_session session;
    bool token_refused;
    struct loop loop;
    struct loop_timer phase_timer;
    struct loop_timer countdown;
    struct live_input live;
    bool lines_open; /* more may come */
    bool refused;    /* one of them could not be run */
    struct runner runner;
    struct snapshot snapshot;
    unsigned permissions;
    enum phase phase;
    int64_t phase_since;
    int64_t code_expires;
    int64_t last_frame;
    bool screens_said;  /* there were several */
    bool picture_saved; /* as it is now */
    bool line_open;     /* the countdown stands on an unfinished line */
    bool broken_off;    /* the session is reconnecting */
    bool own_end;       /* this side ended it */
    int exit_code;      /* -1: the session's error decides */
};

/* headless.c: what is to be done, and when it ends */
/* Goes on with what is left to do, as far as it can be done by now. */
void headless_advance(struct headless *headless);
/* Saves the picture that --snapshot asks for, once. */
void headless_save_final(struct headless *headless);
void headless_end_session(struct headless *headless);

/* headless_face.c: what the person in front of the terminal is told */
extern const struct help_face headless_face;
/* Words for a person; programs that asked for JSON get these as events. */
void headless_say(struct headless *headless, const char *text);
/* A loop timer's: how long the code is still valid. */
void headless_draw_countdown(void *user);

#endif
