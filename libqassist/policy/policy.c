#include "policy/policy.h"

#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/errors.h>

#include "base/private_file.h"
#include "link/ws_url.h"
#include "policy/policy_file.h"

#define PATH_SIZE 1024

/* ---- reading ---- */

static void set_fault(struct policy *policy, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For the person in front of the device, and for whom they call. */
static void set_fault(struct policy *policy, const char *path, const char *format, ...)
{
    char words[POLICY_WORDS_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    snprintf(policy->fault, sizeof policy->fault,
             "the rules for remote help on this computer are out of order, so nothing is allowed; "
             "tell whoever looks after it: %.*s: %s",
             160, path, words);
}

/* Others could put a file of their own in its place. */
static bool others_may_replace(const char *path)
{
    char copy[PATH_SIZE];
    struct stat status;
    snprintf(copy, sizeof copy, "%s", path);
    if (stat(dirname(copy), &status))
        return true;
    return (status.st_mode & (S_IWGRP | S_IWOTH)) && !(status.st_mode & S_ISVTX);
}

static bool trusted(struct policy *policy, const char *path, enum policy_source source,
                    const struct stat *status)
{
    bool ours = source == POLICY_OF_PROGRAM && status->st_uid == geteuid();
    if (status->st_uid != 0 && !ours)
        set_fault(policy, path, "it does not belong to root (chown root)");
    else if (status->st_mode & (S_IWGRP | S_IWOTH))
        set_fault(policy, path, "others than its owner may change it (chmod 644)");
    else if (others_may_replace(path))
        set_fault(policy, path, "others may put a file in its place (chmod 755 on its folder)");
    else
        return true;
    return false;
}

static void cannot_read(struct policy *policy, const char *path, enum policy_source source,
                        int error)
{
    if (error == QA_ELIMIT)
        set_fault(policy, path, "it is longer than %d bytes", POLICY_FILE_MAX);
    else if (error == QA_ENOMEM)
        set_fault(policy, path, "there is no memory to read it");
    else if (errno == ENOENT && source == POLICY_OF_SYSTEM)
        return; /* nobody set rules */
    else if (errno == EACCES)
        set_fault(policy, path, "it cannot be read (chmod 644, and 755 on its folder)");
    else
        set_fault(policy, path, "it cannot be read: %s", strerror(errno));
}

void policy_read(struct policy *policy, const char *path, enum policy_source source)
{
    char *text = NULL, why[POLICY_WORDS_MAX];
    size_t length;
    struct stat status;
    *policy = (struct policy){0};
    if (strlen(path) >= PATH_SIZE) {
        set_fault(policy, path, "its path is too long");
        return;
    }
    int error = private_file_read_of(path, POLICY_FILE_MAX, &text, &length, &status);
    if (error)
        cannot_read(policy, path, source, error);
    else if (trusted(policy, path, source, &status) && policy_file_parse(policy, text, length, why))
        set_fault(policy, path, "%s", why);
    if (text)
        explicit_bzero(text, length); /* it may hold a password */
    free(text);
}

static void free_list(struct policy_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    list->count = 0;
}

void policy_free(struct policy *policy)
{
    free_list(&policy->relays);
    free_list(&policy->organisations);
    explicit_bzero(&policy->proxies, sizeof policy->proxies);
}

/* ---- obeying ---- */

/* "A, B or C", as much of it as fits. */
static void join(const struct policy_list *list, char *out, size_t size)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < list->count; i++) {
        const char *between = !i ? "" : i + 1 < list->count ? ", " : " or ";
        size_t room = size - used, needed = strlen(between) + strlen(list->texts[i]);
        if (needed + sizeof ", ..." > room) {
            snprintf(out + used, room, ", ...");
            return;
        }
        used += (size_t)snprintf(out + used, room, "%s%s", between, list->texts[i]);
    }
}

static int deny(const struct policy *policy, char words[POLICY_WORDS_MAX], const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int deny(const struct policy *policy, char words[POLICY_WORDS_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, POLICY_WORDS_MAX, format, arguments);
    va_end(arguments);
    size_t used = strlen(words);
    if (policy->contact[0])
        snprintf(words + used, POLICY_WORDS_MAX - used, "; ask %s", policy->contact);
    return QA_EPOLICY;
}

static bool has_relay(const struct policy_list *list, const char *shown)
{
    for (size_t i = 0; i < list->count; i++)
        if (!strcasecmp(list->texts[i], shown))
            return true;
    return false;
}

int policy_check_relay(const struct policy *policy, const char *relay_url,
                       char words[POLICY_WORDS_MAX])
{
    struct ws_url url;
    char allowed[160];
    if (policy->fault[0])
        return deny(&(struct policy){0}, words, "%s", policy->fault);
    if (policy->off)
        return deny(policy, words, "your organisation does not allow remote help on this computer");
    if (!policy->relays.count)
        return 0;
    if (!ws_url_parse(relay_url, &url) && has_relay(&policy->relays, url.shown))
        return 0;
    join(&policy->relays, allowed, sizeof allowed);
    return deny(policy, words, "your organisation does not allow the relay %s, only %s", url.shown,
                allowed);
}

int policy_check_organisation(const struct policy *policy, const char *organisation,
                              enum policy_role role, char words[POLICY_WORDS_MAX])
{
    const struct policy_list *list = &policy->organisations;
    char allowed[200];
    if (!list->count)
        return 0;
    for (size_t i = 0; i < list->count; i++)
        if (!strcmp(list->texts[i], organisation))
            return 0;
    join(list, allowed, sizeof allowed);
    if (role == POLICY_HELPER)
        return deny(
            policy, words,
            "your organisation does not allow you to help as somebody from %s, only from %s",
            *organisation ? organisation : "nowhere", allowed);
    return deny(policy, words,
                "your organisation does not allow help from %s, only from %s; nothing was shared",
                *organisation ? organisation : "somebody without an organisation", allowed);
}
