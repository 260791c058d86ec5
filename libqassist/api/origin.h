/* The service's origin out of a relay's URL: both ends must mean the same service (DESIGN 4). */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

/* "wss://Relay.Example/x" -> "https://relay.example:443", allocated; NULL when memory is out. */
char *origin_of_url(const char *url);

#endif
