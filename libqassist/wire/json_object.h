/*
 * A message's bytes as one JSON object, more strictly than cJSON reads it: nothing before or after
 * it, no NUL (raw or escaped, it would cut a string short), no raw control characters, no member
 * twice, and not many of them.
 */
#ifndef WIRE_JSON_OBJECT_H
#define WIRE_JSON_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* `data` needs no NUL at its end. NULL for everything else than such an object. */
cJSON *json_object_parse(const char *data, size_t length);

/* The same with so many members at the top: what issuers of sign-ins say of themselves is long. */
cJSON *json_object_parse_wide(const char *data, size_t length, size_t members_max);

/* A whole number in these bounds; NULL is none. */
bool json_number(const cJSON *item, uint32_t least, uint32_t most, uint32_t *out);

/* The same as a member. */
bool json_object_number(const cJSON *object, const char *name, uint32_t least, uint32_t most,
                        uint32_t *out);

/* Frees, and wipes its strings first: cJSON alone would leave them in memory. NULL is allowed. */
void json_object_delete(cJSON *object);

#endif
