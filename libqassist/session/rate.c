#include "session/rate.h"

struct rate rate_make(uint32_t burst, uint32_t every_ms)
{
    uint64_t most = (uint64_t)burst * every_ms;
    return (struct rate){.every_ms = every_ms, .most_ms = most, .credit_ms = most};
}

bool rate_take(struct rate *rate, uint64_t now_ms)
{
    uint64_t passed = now_ms - rate->last_ms;
    if (passed > rate->most_ms - rate->credit_ms)
        passed = rate->most_ms - rate->credit_ms;
    rate->credit_ms += passed;
    rate->last_ms = now_ms;
    if (rate->credit_ms < rate->every_ms)
        return false;
    rate->credit_ms -= rate->every_ms;
    return true;
}
