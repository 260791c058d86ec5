/* New settings for a relay that runs. Everything is made and checked before anything is replaced.
 */
#include <stdio.h>

#include <qassist/errors.h>

#include "relay/arrival.h"
#include "relay/options_check.h"
#include "relay/server.h"
#include "relay/sign_in.h"

static int make_sign_ins(struct relay_server *server, const struct relay_options *options,
                         struct sign_ins **out, char *why, size_t why_size)
{
    *out = NULL;
    if (!options->issuers_file)
        return 0;
    int error = sign_ins_new(server, options->issuers_file, out, why, why_size);
    if (error) {
        sign_ins_retire(*out);
        *out = NULL;
    }
    return error;
}

/* What cannot change while it runs stays. */
static void take_over(struct relay_server *server, const struct relay_options *options)
{
    struct relay_options next = *options;
    next.listen_fd = server->options.listen_fd;
    next.metrics_fd = server->options.metrics_fd;
    next.max_connections = server->options.max_connections;
    next.hello_s = server->options.hello_s;
    next.code_lifetime_s = server->options.code_lifetime_s;
    server->options = next;
    quota_change(server->quota, &next.quota);
}

static int reload(struct relay_server *server, const struct relay_options *options, char *why,
                  size_t why_size)
{
    struct tls_files tls;
    struct sign_ins *sign_ins;
    struct address_list proxies, forwarders;
    int error = relay_options_check_words(options, why, why_size);
    if (!error)
        error = arrival_read_lists(options, &proxies, &forwarders, why, why_size);
    if (error)
        return error;
    error = tls_files_load(options->certificate_file, options->key_file, &tls, why, why_size);
    if (!error)
        error = make_sign_ins(server, options, &sign_ins, why, why_size);
    if (error) {
        tls_files_free(&tls);
        return error;
    }
    tls_files_free(&server->tls);
    server->tls = tls;
    struct sign_ins *old = server->sign_ins;
    server->sign_ins = sign_ins;
    sign_ins_retire(old);
    server->proxies = proxies;
    server->forwarders = forwarders;
    take_over(server, options);
    return 0;
}

int relay_server_reload(struct relay_server *server, const struct relay_options *options, char *why,
                        size_t why_size)
{
    snprintf(why, why_size, "the system gives no memory or descriptors");
    int error = reload(server, options, why, why_size);
    if (error)
        server->reloads_refused++;
    else
        server->reloads++;
    return error;
}
