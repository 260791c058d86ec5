/*
 * In the worker's test build only: tries what the sandbox must refuse. The test names the call by
 * the name it gives the program, "escape-CALL".
 */
#ifndef WORKER_ESCAPE_H
#define WORKER_ESCAPE_H

#define ESCAPE_EXIT_REFUSED 77
#define ESCAPE_EXIT_DONE    78
#define ESCAPE_EXIT_UNKNOWN 79

/* Returns where the name asks for none; else the process ends with one of the above or by signal.
 */
void escape_try(const char *program);

#endif
