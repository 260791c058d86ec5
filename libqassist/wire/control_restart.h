/* What the control message about a restart of the sharer's computer holds. */
#ifndef WIRE_CONTROL_RESTART_H
#define WIRE_CONTROL_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#define CONTROL_RESTART_BYTES 32

struct control_restart {
    uint32_t seconds; /* how long the sharer may take to come back; 0: it was not allowed */
    uint8_t seal[CONTROL_RESTART_BYTES]; /* opens what the sharer has on its disk */
    uint8_t key[CONTROL_RESTART_BYTES];  /* of the channel to come */
};

#define CONTROL_RESTART_SECONDS_MAX 86400

/* False when memory is out. */
bool control_restart_add(cJSON *object, const struct control_restart *restart);

/* 0 or QA_EPROTO. */
int control_restart_read(const cJSON *object, struct control_restart *out);

#endif
