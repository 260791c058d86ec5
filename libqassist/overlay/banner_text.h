/*
 * The banner's words: from what is going on to the lines that are shown. The texts are the
 * embedding program's where it gave some, else English.
 */
#ifndef OVERLAY_BANNER_TEXT_H
#define OVERLAY_BANNER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <qassist/sharer.h>

#include "overlay/overlay.h"

#define BANNER_LINE_SIZE 512

/* XX(member of qa_banner_texts, English) */
#define BANNER_TEXTS(XX)                                              \
    XX(view, "sees your screen")                                      \
    XX(point, "points")                                               \
    XX(annotate, "draws")                                             \
    XX(control, "controls mouse and keyboard")                        \
    XX(clipboard_to_sharer, "writes your clipboard")                  \
    XX(clipboard_to_helper, "reads your clipboard")                   \
    XX(paused, "sees nothing: you paused")                            \
    XX(paused_by_helper, "paused, and sees nothing new")              \
    XX(paused_by_prompt, "sees nothing while you answer your system") \
    XX(minutes, "{m} min")                                            \
    XX(hours, "{h} h {m} min")                                        \
    XX(button_pause, "Pause")                                         \
    XX(button_resume, "Go on")                                        \
    XX(button_take_back, "Take back control")                         \
    XX(button_end, "End")

/* Fills in English where a text is NULL. */
void banner_texts_complete(qa_banner_texts *texts);

struct banner_lines {
    char who[BANNER_LINE_SIZE];   /* the helper */
    char what[BANNER_LINE_SIZE];  /* what is allowed, or that it is paused */
    char time[BANNER_LINE_SIZE];  /* since it began */
    char title[BANNER_LINE_SIZE]; /* all of it but the time, for screen readers */
};

void banner_lines_make(const qa_banner_texts *texts, const char *shown_name,
                       const char *organisation, const struct overlay_status *status,
                       uint64_t minutes, struct banner_lines *out);

#endif
