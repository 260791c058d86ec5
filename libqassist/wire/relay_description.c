#include "wire/relay_description.h"

#include <stdio.h>
#include <string.h>

#include "wire/json_object.h"
#include "wire/relay_message.h"

#define PROTOCOL_MAX 20

/* "qassist.2" */
static bool is_protocol(const char *name)
{
    static const char prefix[] = "qassist.";
    size_t length = strnlen(name, PROTOCOL_MAX + 1);
    return length < PROTOCOL_MAX && length > sizeof prefix - 1 &&
           !strncmp(name, prefix, sizeof prefix - 1) &&
           strspn(name + sizeof prefix - 1, "0123456789.") == length - (sizeof prefix - 1);
}

/* False as soon as ours is among them. */
static bool list(const cJSON *protocols, char spoken[RELAY_PROTOCOLS_MAX])
{
    size_t used = 0;
    const cJSON *protocol;
    cJSON_ArrayForEach(protocol, protocols)
    {
        const char *name = cJSON_IsString(protocol) ? protocol->valuestring : "";
        if (!strcmp(name, RELAY_SUBPROTOCOL))
            return false;
        if (is_protocol(name) && used + PROTOCOL_MAX + 2 < RELAY_PROTOCOLS_MAX)
            used += (size_t)snprintf(spoken + used, RELAY_PROTOCOLS_MAX - used, "%s%s",
                                     used ? ", " : "", name);
    }
    return used;
}

bool relay_description_differs(const char *json, size_t length, char spoken[RELAY_PROTOCOLS_MAX])
{
    cJSON *root = json_object_parse(json, length);
    const cJSON *service = cJSON_GetObjectItemCaseSensitive(root, "service");
    const cJSON *protocols = cJSON_GetObjectItemCaseSensitive(root, "protocols");
    *spoken = '\0';
    bool differs = cJSON_IsString(service) && !strcmp(service->valuestring, "qassist") &&
                   cJSON_IsArray(protocols) && list(protocols, spoken);
    json_object_delete(root);
    return differs;
}
