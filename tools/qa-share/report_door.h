/*
 * How `qa-share --report` reaches the qa-share that shares: a socket of the user's own in
 * XDG_RUNTIME_DIR, one for each that runs. Where there is no such folder, there is no door.
 */
#ifndef QA_SHARE_REPORT_DOOR_H
#define QA_SHARE_REPORT_DOOR_H

struct share;

/* Opens it for a session's loop; nothing is said where that is not possible. */
void report_door_open(struct share *share);
void report_door_close(struct share *share);

/* Hands words to the qa-share that is in a session, says what came of it; the exit code. */
int report_door_knock(const char *words);

#endif
