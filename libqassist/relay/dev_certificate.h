/* Makes an authority and, signed by it, a certificate for localhost, 127.0.0.1 and ::1. */
#ifndef RELAY_DEV_CERTIFICATE_H
#define RELAY_DEV_CERTIFICATE_H

#include <stdbool.h>

/* True when the certificate is by that authority and serves for another week. */
bool dev_certificate_valid(const char *ca_file, const char *certificate_file, const char *key_file);

/* Writes three PEM files. The authority's own key is not kept. 0, QA_EIO, QA_ENOMEM. */
int dev_certificate_make(const char *ca_file, const char *certificate_file, const char *key_file);

#endif
