#include "relay/options_check.h"

#include <stdio.h>
#include <string.h>

#include <qassist/errors.h>

#include "relay/arrival.h"
#include "relay/issuers_file.h"
#include "relay/listener.h"
#include "relay/redis_url.h"
#include "relay/tls_files.h"
#include "wire/printable.h"

static bool contact_valid(const char *contact)
{
    return !contact || printable_valid(contact, RELAY_CONTACT_MAX);
}

int relay_options_check_words(const struct relay_options *options, char *why, size_t why_size)
{
    if (!printable_valid(options->organisation, RELAY_NAME_MAX))
        snprintf(why, why_size, "the organisation's name is at most %d bytes of plain text",
                 RELAY_NAME_MAX);
    else if (!contact_valid(options->contact))
        snprintf(why, why_size, "the contact is at most %d bytes of plain text", RELAY_CONTACT_MAX);
    else
        return 0;
    return QA_EINVAL;
}

void relay_options_check(const struct relay_options *options,
                         void (*fault)(void *user, const char *setting, const char *words),
                         void *user)
{
    char why[512];
    struct issuers_file issuers;
    if (listener_check(options->listen, why, sizeof why))
        fault(user, "listen", why);
    if (options->metrics_listen && listener_check(options->metrics_listen, why, sizeof why))
        fault(user, "metrics-listen", why);
    if (options->certificate_file && options->key_file &&
        tls_files_check(options->certificate_file, options->key_file, why, sizeof why))
        fault(user, strstr(why, options->key_file) ? "key" : "cert", why);
    if (!printable_valid(options->organisation, RELAY_NAME_MAX)) {
        snprintf(why, sizeof why, "is at most %d bytes of plain text", RELAY_NAME_MAX);
        fault(user, "organisation", why);
    }
    /* Each by itself, so that it is said which one is wrong. */
    struct address_list list, none;
    const struct relay_options proxies = {.proxy_protocol = options->proxy_protocol};
    const struct relay_options forwarders = {.forwarded_for = options->forwarded_for};
    if (arrival_read_lists(&proxies, &list, &none, why, sizeof why))
        fault(user, "proxy-protocol", why);
    if (arrival_read_lists(&forwarders, &none, &list, why, sizeof why))
        fault(user, "forwarded-for", why);
    if (!contact_valid(options->contact)) {
        snprintf(why, sizeof why, "is at most %d bytes of plain text", RELAY_CONTACT_MAX);
        fault(user, "contact", why);
    }
    struct redis_url url;
    struct ticket_key key;
    if (options->directory && redis_url_parse(options->directory, &url, why, sizeof why))
        fault(user, "directory", why);
    if (options->cluster_key && ticket_key_shared(options->cluster_key, &key, why, sizeof why))
        fault(user, "cluster-key", why);
    explicit_bzero(&url, sizeof url);
    explicit_bzero(&key, sizeof key);
    if (options->issuers_file) {
        snprintf(why, sizeof why, "out of memory");
        if (issuers_file_read(options->issuers_file, &issuers, why, sizeof why))
            fault(user, "issuers", why);
        else
            issuers_file_free(&issuers);
    }
}
