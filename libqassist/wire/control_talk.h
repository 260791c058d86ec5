/*
 * The members of the control messages that carry users' texts: chat and clipboard. Part of
 * control_message.
 */
#ifndef WIRE_CONTROL_TALK_H
#define WIRE_CONTROL_TALK_H

#include <cjson/cJSON.h>

#include "wire/control_message.h"

/* What may be written; true for messages of other kinds. */
bool control_talk_valid(const struct control_message *message);

/* Adds the members; false when memory is out. */
bool control_talk_add(cJSON *object, const struct control_message *message);

/* Reads them; 0 or QA_EPROTO. */
int control_talk_read(const cJSON *object, struct control_message *out);

#endif
