/*
 * Signals that ask a program to end, as a descriptor to poll. The first one asks in order, the
 * second one kills; before anything kills the process, a last word (the terminal's settings) runs.
 */
#ifndef COMMON_SIGNALS_H
#define COMMON_SIGNALS_H

/*
 * Starts to catch SIGINT, SIGTERM, SIGHUP and ignores SIGPIPE. The descriptor becomes readable when
 * one came. -1 when that is not possible.
 */
int signals_start(void);

/* Until signals_start is called again, they end the program at once, as before. */
void signals_stop(void);

/* Empties the descriptor; the signal that came, or 0. */
int signals_take(void);

/*
 * Runs `restore` before a second signal, SIGQUIT or a crash kills the process. It may call
 * async-signal-safe functions only.
 */
void signals_before_death(void (*restore)(void));

#endif
