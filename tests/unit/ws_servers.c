#include "ws_servers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "test server: %s: %s\n", what, strerror(errno));
    abort();
}

/* ---- certificates ---- */

static void add_extension(X509 *certificate, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    must(extension && X509_add_ext(certificate, extension, -1), "extension");
    X509_EXTENSION_free(extension);
}

void make_certificate(const char *certificate_file, const char *key_file, const char *names,
                      int first_day, int last_day)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    must(key && certificate, "certificate");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
    X509_gmtime_adj(X509_getm_notBefore(certificate), first_day * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), last_day * 86400L);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add_extension(certificate, NID_subject_alt_name, names);
    must(X509_sign(certificate, key, EVP_sha256()) > 0, "sign");

    FILE *file = fopen(certificate_file, "w");
    must(file && PEM_write_X509(file, certificate) && !fclose(file), certificate_file);
    file = fopen(key_file, "w");
    must(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) && !fclose(file),
         key_file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* ---- sockets ---- */

static int listen_anywhere(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 16), "listen");
    must(!getsockname(fd, (struct sockaddr *)&address, &size), "port");
    *port = ntohs(address.sin_port);
    return fd;
}

unsigned free_port(void)
{
    unsigned port;
    close(listen_anywhere(&port));
    return port;
}

/* ---- servers: one connection after the other ---- */

static void serve_tls(int fd, SSL_CTX *tls, bool answers)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nhi\n";
    char request[4096];
    SSL *ssl = SSL_new(tls);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0 && answers)
        SSL_write(ssl, answer, sizeof answer - 1);
    SSL_free(ssl);
}

static void serve_text(int fd)
{
    char request[4096];
    if (read(fd, request, sizeof request) > 0)
        must(write(fd, "220 mail.example ESMTP\r\n", 24) == 24, "write");
}

/* Once the client has said something: a reset before that may look as if nothing were there. */
static void reset_connection(int fd)
{
    char byte;
    (void)!recv(fd, &byte, 1, 0);
    struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/* Until one of the two ends. */
static void pump(int one, int two)
{
    struct pollfd ends[2] = {{.fd = one, .events = POLLIN}, {.fd = two, .events = POLLIN}};
    char bytes[16384];
    while (poll(ends, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            if (!ends[i].revents)
                continue;
            ssize_t got = read(ends[i].fd, bytes, sizeof bytes);
            if (got <= 0)
                return;
            for (ssize_t sent = 0; sent < got;) {
                ssize_t now = write(ends[!i].fd, bytes + sent, (size_t)(got - sent));
                if (now < 0)
                    return;
                sent += now;
            }
        }
    }
}

static void serve_proxy(int fd, unsigned target)
{
    static const char good[] = "HTTP/1.1 200 Connection established\r\n\r\n";
    static const char bad[] = "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    char request[4096] = "";
    size_t used = 0;
    while (used < sizeof request - 1 && !strstr(request, "\r\n\r\n")) {
        ssize_t got = read(fd, request + used, sizeof request - 1 - used);
        if (got <= 0)
            return;
        used += (size_t)got;
        request[used] = '\0';
    }
    /* "user:pass word" */
    if (strncmp(request, "CONNECT relay.test:8443 ", 24) != 0 ||
        !strstr(request, " dXNlcjpwYXNzIHdvcmQ=\r\n")) {
        must(write(fd, bad, sizeof bad - 1) > 0, "write");
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)target)};
    int relay = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!connect(relay, (struct sockaddr *)&address, sizeof address) &&
        write(fd, good, sizeof good - 1) > 0)
        pump(fd, relay);
    close(relay);
}

static void serve(int fd, enum server_kind kind, SSL_CTX *tls, unsigned target)
{
    switch (kind) {
    case SERVER_TLS:
    case SERVER_HTTP:
        serve_tls(fd, tls, kind == SERVER_HTTP);
        break;
    case SERVER_TEXT:
        serve_text(fd);
        break;
    case SERVER_SILENT:
        pause();
        break;
    case SERVER_CLOSES:
        reset_connection(fd);
        break;
    case SERVER_PROXY:
        serve_proxy(fd, target);
        break;
    }
}

static SSL_CTX *make_tls(const char *certificate_file, const char *key_file)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    must(tls && SSL_CTX_use_certificate_file(tls, certificate_file, SSL_FILETYPE_PEM) == 1 &&
             SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) == 1,
         "TLS");
    return tls;
}

struct server start_server(enum server_kind kind, const char *certificate_file,
                           const char *key_file, unsigned target)
{
    struct server server;
    int listening = listen_anywhere(&server.port);
    server.pid = fork();
    must(server.pid >= 0, "fork");
    if (server.pid) {
        close(listening);
        return server;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *tls = certificate_file ? make_tls(certificate_file, key_file) : NULL;
    for (;;) {
        int fd = accept(listening, NULL, NULL);
        if (fd < 0)
            _exit(1);
        serve(fd, kind, tls, target);
        close(fd);
    }
}

/* ---- the relay ---- */

struct server start_relay(const char *const *arguments)
{
    struct server server = {0};
    int ready[2];
    must(!pipe(ready), "pipe");
    server.pid = fork();
    must(server.pid >= 0, "fork");
    if (!server.pid) {
        const char *argv[40] = {QASSIST_TEST_RELAY};
        char fd[16];
        size_t count = 1;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(fd, sizeof fd, "%d", ready[1]);
        while (*arguments && count < 36)
            argv[count++] = *arguments++;
        argv[count++] = "--ready-fd";
        argv[count++] = fd;
        close(ready[0]);
        must(freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr), "null");
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(ready[1]);
    FILE *port = fdopen(ready[0], "r");
    must(port && fscanf(port, "%u", &server.port) == 1, "the relay did not start");
    fclose(port);
    return server;
}

void stop_server(struct server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}
