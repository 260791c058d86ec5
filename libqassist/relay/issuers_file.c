#include "relay/issuers_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include <qassist/errors.h>

#include "http/http.h"
#include "relay/jwk.h"
#include "relay/jwt.h"
#include "relay/state.h"
#include "wire/printable.h"

#define FILE_MAX       65536
#define LIFETIME_S     (8u * 3600)
#define LIFETIME_MIN_S 60
#define LIFETIME_MAX_S (24u * 3600)
#define REFETCH_S      300
#define RENEW_DAYS     7

struct reader {
    struct issuers_file *file;
    char section[128]; /* that `list`'s last entry is of */
    char wrong[200];   /* the first fault */
};

static int refuse(struct reader *reader, const char *words)
{
    if (!reader->wrong[0])
        snprintf(reader->wrong, sizeof reader->wrong, "%s", words);
    return 0;
}

/* ---- values ---- */

static bool printable_ascii(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

static int take_text(struct reader *reader, const char *value, char *out, size_t size)
{
    if (!*value || strlen(value) >= size)
        return refuse(reader, "this value is empty or too long");
    strcpy(out, value);
    return 1;
}

static int take_words(struct reader *reader, const char *value, char *out, size_t size)
{
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at > '~')
            return refuse(reader, "this value is plain ASCII");
    return take_text(reader, value, out, size);
}

static int take_value(struct reader *reader, const char *value, struct issuer_values *values)
{
    if (!*value || values->count == ISSUERS_VALUES_MAX)
        return refuse(reader, "this value is empty, or one too many");
    values->list[values->count] = strdup(value);
    return values->list[values->count] ? (values->count++, 1) : refuse(reader, "out of memory");
}

static int take_number(struct reader *reader, const char *value, unsigned min, unsigned max,
                       unsigned *out)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (errno || *end || *value < '0' || *value > '9' || number < min || number > max) {
        char words[64];
        snprintf(words, sizeof words, "this value is a number from %u to %u", min, max);
        return refuse(reader, words);
    }
    *out = (unsigned)number;
    return 1;
}

static int take_url(struct reader *reader, const char *value, struct issuer_settings *issuer)
{
    if (!http_url_allowed(value) || strchr(value, '?'))
        return refuse(reader, "an issuer is an https:// address without '?' or '#'");
    return take_text(reader, value, issuer->shown.issuer, sizeof issuer->shown.issuer);
}

static int take_organisation(struct reader *reader, const char *value,
                             struct issuer_settings *issuer)
{
    if (!printable_valid(value, RELAY_NAME_MAX))
        return refuse(reader, "an organisation is at most 96 bytes of plain text");
    return take_text(reader, value, issuer->shown.organisation, sizeof issuer->shown.organisation);
}

static int take_algorithms(struct reader *reader, const char *value, struct issuer_settings *issuer)
{
    char words[128], *rest = words;
    if (!take_text(reader, value, words, sizeof words))
        return 0;
    issuer->algorithms = 0;
    for (char *word; (word = strsep(&rest, " "));) {
        unsigned bit = jwk_algorithm(word);
        if (*word && !bit)
            return refuse(reader, "algorithms are RS256, PS256 and ES256");
        issuer->algorithms |= bit;
    }
    return 1;
}

static int take_yes(struct reader *reader, const char *value, bool *out)
{
    *out = !strcmp(value, "yes");
    return *out || !strcmp(value, "no") ? 1 : refuse(reader, "this value is yes or no");
}

/* ---- sections ---- */

static int take_of_issuer(struct reader *reader, struct issuer_settings *issuer, const char *name,
                          const char *value)
{
    if (!strcmp(name, "issuer"))
        return take_url(reader, value, issuer);
    if (!strcmp(name, "organisation"))
        return take_organisation(reader, value, issuer);
    if (!strcmp(name, "client-id"))
        return printable_ascii(value) ? take_text(reader, value, issuer->shown.client_id,
                                                  sizeof issuer->shown.client_id)
                                      : refuse(reader, "a client-id is plain ASCII");
    if (!strcmp(name, "scope"))
        return take_words(reader, value, issuer->shown.scope, sizeof issuer->shown.scope);
    if (!strcmp(name, "device"))
        return take_yes(reader, value, &issuer->shown.device);
    if (!strcmp(name, "subject"))
        return take_text(reader, value, issuer->subject, sizeof issuer->subject);
    if (!strcmp(name, "claim"))
        return take_text(reader, value, issuer->claim, sizeof issuer->claim);
    if (!strcmp(name, "value"))
        return take_value(reader, value, &issuer->values);
    if (!strcmp(name, "tenant"))
        return take_value(reader, value, &issuer->tenants);
    if (!strcmp(name, "algorithms"))
        return take_algorithms(reader, value, issuer);
    if (!strcmp(name, "renew-days"))
        return take_number(reader, value, 0, 90, &issuer->renew_days);
    if (!strcmp(name, "refetch-seconds"))
        return take_number(reader, value, 1, 86400, &issuer->refetch_s);
    if (!strcmp(name, "ca-file"))
        return take_text(reader, value, issuer->ca_file, sizeof issuer->ca_file);
    return refuse(reader, "this name is not known here");
}

static struct issuer_settings *begin_issuer(struct reader *reader, const char *section)
{
    struct issuers_file *file = reader->file;
    if (file->count && !strcmp(reader->section, section))
        return &file->list[file->count - 1];
    if (file->count == RELAY_ISSUERS_MAX) {
        refuse(reader, "there are too many issuers");
        return NULL;
    }
    snprintf(reader->section, sizeof reader->section, "%s", section);
    struct issuer_settings *issuer = &file->list[file->count++];
    issuer->algorithms = JWK_ALGORITHMS;
    issuer->renew_days = RENEW_DAYS;
    issuer->refetch_s = REFETCH_S;
    strcpy(issuer->subject, "sub");
    strcpy(issuer->shown.scope, "openid profile");
    return issuer;
}

static int take(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    if (!strcmp(section, "sign-in") && !strcmp(name, "token-lifetime"))
        return take_number(reader, value, LIFETIME_MIN_S, LIFETIME_MAX_S,
                           &reader->file->token_lifetime_s);
    if (!strncmp(section, "issuer ", 7)) {
        struct issuer_settings *issuer = begin_issuer(reader, section);
        return issuer ? take_of_issuer(reader, issuer, name, value) : 0;
    }
    return refuse(reader,
                  "there are the sections [sign-in] (with token-lifetime) and [issuer NAME]");
}

/* ---- the whole ---- */

static const char *missing(const struct issuer_settings *issuer)
{
    if (!issuer->shown.issuer[0])
        return "issuer";
    if (!issuer->shown.client_id[0])
        return "client-id";
    if (!issuer->shown.organisation[0])
        return "organisation";
    if (issuer->claim[0] && !issuer->values.count)
        return "value";
    if (!issuer->claim[0] && issuer->values.count)
        return "claim";
    return NULL;
}

static int check_whole(const struct issuers_file *file, const char *path, char *why, size_t size)
{
    for (size_t i = 0; i < file->count; i++) {
        const char *name = missing(&file->list[i]);
        if (name) {
            snprintf(why, size, "%s: issuer %zu lacks a line \"%s = ...\"", path, i + 1, name);
            return QA_EINVAL;
        }
        for (size_t j = 0; j < i; j++) {
            if (!strcmp(file->list[i].shown.issuer, file->list[j].shown.issuer)) {
                snprintf(why, size, "%s: issuer %zu is there twice", path, i + 1);
                return QA_EINVAL;
            }
        }
    }
    if (!file->count)
        snprintf(why, size, "%s: there is no section [issuer NAME]", path);
    return file->count ? 0 : QA_EINVAL;
}

int issuers_file_read(const char *path, struct issuers_file *out, char *why, size_t why_size)
{
    char *text;
    size_t length;
    *out = (struct issuers_file){.token_lifetime_s = LIFETIME_S};
    int error = private_file_read(path, FILE_MAX, &text, &length);
    if (error) {
        snprintf(why, why_size, "%s cannot be read: %s", path,
                 error == QA_ELIMIT ? "it is too long" : strerror(errno));
        return error == QA_ENOMEM ? error : QA_EIO;
    }
    struct reader reader = {.file = out};
    int line = ini_parse_string(text, take, &reader);
    free(text);
    if (line) {
        snprintf(why, why_size, "%s, line %d: %s", path, line < 0 ? 0 : line,
                 reader.wrong[0] ? reader.wrong : "this is no line of such a file");
        error = QA_EINVAL;
    } else {
        error = check_whole(out, path, why, why_size);
    }
    if (error)
        issuers_file_free(out);
    return error;
}

static void free_values(struct issuer_values *values)
{
    for (size_t i = 0; i < values->count; i++)
        free(values->list[i]);
    values->count = 0;
}

void issuers_file_free(struct issuers_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free_values(&file->list[i].values);
        free_values(&file->list[i].tenants);
    }
    file->count = 0;
}
