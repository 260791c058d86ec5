/*
 * What the parts of qa-share's session know in common: share.c (library and life), ask.c (questions
 * and their answers), the faces (see face.h).
 */
#ifndef QA_SHARE_SHARE_STATE_H
#define QA_SHARE_SHARE_STATE_H

#include <qassist/qassist.h>

#include "common/loop.h"
#include "qa-share/face.h"
#include "qa-share/share_options.h"

struct share {
    const struct share_options *options;
    const struct share_face *face;
    void *face_user;
    qa_context *context;
    qa_sharer *sharer; /* NULL: not started */
    char relay_host[RELAY_URL_SIZE];
    char name[256]; /* of the helper, safe to show; "": nobody yet */
    char organisation[256];
    bool reported;        /* this session, to the service */
    qa_consent *question; /* open; NULL: none */
    bool asking;          /* the face shows it */
    qa_session_state state;
    unsigned permissions;
    int64_t control_until; /* as of loop_now; a second late at most */
    unsigned pause_causes; /* bits of qa_pause_cause */
    bool pause_said;       /* so its end is said, too */
    bool prompts_allowed;  /* the helper may see and answer prompts of the system */
    uint32_t screen;       /* that the helper sees; 0: all */
    char screen_name[128]; /* "": all */
    bool may_leave;        /* a restart of the computer was allowed */
    bool left;             /* for it */
    bool coming_back;      /* to the session before a restart; nothing broke off */
    bool stopping;         /* a signal asked the program to end */
    int64_t view_since;    /* 0: not yet */
    int exit_code;
    struct loop loop;
    struct loop_timer status_timer;
};

/* Puts a question to whoever answers; takes a reference of its own. */
void ask_open(struct share *share, qa_consent *consent);

/* The open question is gone without an answer. */
void ask_close(struct share *share);

/* A question is void; the person is told where it was open. */
void ask_withdraw(struct share *share, qa_consent *consent);

/* Answers the open question: these permissions are allowed, the others not. */
void ask_answer(struct share *share, unsigned allowed);

/* The same for so long; 0: as long as is usual. */
void ask_answer_for(struct share *share, unsigned allowed, uint32_t seconds);

/* The open question is whether the sharer called the helper. */
bool ask_is_about_call(const struct share *share);

/* The open question is whether the computer may be restarted. */
bool ask_is_about_restart(const struct share *share);

/* The open question is about no permissions, but yes or no: these two. */
bool ask_is_plain(const struct share *share);

/* Answers such a one. */
void ask_answer_plain(struct share *share, bool yes);

/* Makes the context and puts it into the loop; 0 or a qa_error. The face comes after. */
int share_open(struct share *share, const struct share_options *options);
void share_close(struct share *share);

/* Forgets a session that is over, before the next one. */
void share_reset(struct share *share);

/* Joins with a code; without one comes back to the session before a restart. */
void share_start(struct share *share, const char *code);

/* Over before it began, or given up. */
void share_finish(struct share *share, int error, const char *detail, uint32_t retry_s);

/* What the person does while sharing. */
void share_toggle_pause(struct share *share);
void share_allow_prompts(struct share *share, bool allowed);
/* False: the helper's mouse and keys work here, so that it could be the helper who allows it. */
bool share_may_allow_prompts(const struct share *share);
void share_take_back(struct share *share, unsigned permissions);

/* Writes to the helper; what goes wrong is said. *id (may be NULL): its number. */
int share_chat(struct share *share, const char *text, uint32_t *id);

/* Reports the session to the service and ends it; what goes wrong is said, but not by a window. */
int share_report(struct share *share, const char *words);
/* Why it was not reported, for a person. */
void share_report_trouble(const struct share *share, int error, char *out, size_t size);

/* What of the callbacks is about words (talk.c). */
void share_talk_callbacks(qa_sharer_callbacks *callbacks);

/* Ends the session in order. */
void share_end(struct share *share);

/* The program has to go: for the restart that was allowed, or the session ends. */
void share_leave(struct share *share);

/* Words for a person; silent in JSON mode. */
void share_say(struct share *share, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
