#include "api/options.h"

#include <string.h>

#include <qassist/errors.h>

int options_read(void *known, size_t known_size, const void *given)
{
    if (!given)
        return QA_EINVAL;
    size_t size;
    memcpy(&size, given, sizeof size);
    /* Nobody's struct is that large: the size was never set. */
    if (size < sizeof size || size > 65536)
        return QA_EINVAL;
    memcpy(known, given, size < known_size ? size : known_size);
    return 0;
}
