/*
 * For the tests of the clipboard: a program of our own that owns the selection, well or badly, or
 * only asks for it. It runs when the test lets it.
 */
#ifndef TESTS_CLIPBOARD_OWNER_H
#define TESTS_CLIPBOARD_OWNER_H

#include "clipboard_fixture.h"

#define OWNER_PIECE 8192 /* bytes in which it hands out a long text */

enum manners {
    OWNER_GOOD,
    OWNER_SILENT,        /* answers nothing */
    OWNER_REFUSES,       /* says there is nothing */
    OWNER_NO_TARGETS,    /* knows UTF8_STRING only */
    OWNER_NO_TEXT,       /* a picture */
    OWNER_SECRET,        /* a password manager */
    OWNER_WRONG_TYPE,    /* says UTF8_STRING and gives numbers */
    OWNER_WRONG_TARGETS, /* its list is a text */
    OWNER_PIECES,        /* INCR, all right */
    OWNER_HUGE_PIECES,   /* INCR without an end */
    OWNER_HUGE_SAID,     /* INCR of a gigabyte, as it says */
    OWNER_STUCK_PIECES,  /* INCR, one piece, then nothing */
    OWNER_ODD_PIECES,    /* INCR whose pieces are numbers */
    OWNER_LATIN1,        /* STRING only */
};

struct owner {
    xcb_connection_t *xcb;
    xcb_window_t window;
    enum manners manners;
    const char *text;
    size_t length;
    size_t sent;
    bool sending;
    unsigned requests;
    xcb_window_t requestor;
    xcb_atom_t property;
    xcb_atom_t clipboard, targets, utf8, incr, secret, png;
};

void owner_open(struct owner *owner, const struct x_server *server, enum manners manners,
                const char *text);
void owner_close(struct owner *owner);

/* Writes to where it was asked to, late or not. */
void owner_set(struct owner *owner, xcb_atom_t type, uint8_t format, uint32_t count,
               const void *data);

/* Answers what it was asked so far. */
void owner_serve(struct owner *owner);

/* Lets it run until so many texts were told and it was asked so often. */
void run_owner(struct fixture *f, struct owner *owner, unsigned copies, unsigned requests);

/* The owner is asked so often, nothing is told, and the next good copy is. */
void expect_refused(struct fixture *f, enum manners manners, unsigned requests);

#endif
