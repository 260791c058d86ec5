#include "base/random.h"

#include <sodium.h>

#include <qassist/errors.h>

int random_init(void)
{
    return sodium_init() < 0 ? QA_EIO : 0;
}

void random_bytes(void *out, size_t length)
{
    randombytes_buf(out, length);
}

uint32_t random_below(uint32_t bound)
{
    return randombytes_uniform(bound);
}
