#include "relay/verifier.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <qassist/errors.h>

#include "relay/accounts.h"

/* Tokens that are known again. */
#define KNOWN_MAX 256

/* Of a token and the hash that it belongs to, under a key that this process alone has. */
struct fingerprint {
    uint8_t bytes[crypto_generichash_BYTES];
};

struct verifier_job {
    struct verifier *verifier;
    struct verifier_job *next;
    uv_work_t work;
    char token[RELAY_TOKEN_MAX + 1];
    char hash[crypto_pwhash_STRBYTES];
    struct fingerprint fingerprint;
    bool known; /* it need not be verified again */
    bool valid;
    void (*done)(void *user, bool valid); /* NULL: abandoned */
    void *user;
};

struct verifier {
    uv_loop_t *loop;
    struct verifier_job *first, **last;
    size_t waiting, running;
    uint8_t key[crypto_generichash_KEYBYTES];
    struct fingerprint known[KNOWN_MAX];
    size_t known_count, known_next;
};

/* ---- tokens that were found right ---- */

static void take_fingerprint(struct verifier_job *job)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, job->verifier->key, sizeof job->verifier->key,
                            sizeof job->fingerprint.bytes);
    crypto_generichash_update(&state, (const uint8_t *)job->token, sizeof job->token);
    crypto_generichash_update(&state, (const uint8_t *)job->hash, sizeof job->hash);
    crypto_generichash_final(&state, job->fingerprint.bytes, sizeof job->fingerprint.bytes);
    sodium_memzero(&state, sizeof state);
}

static bool is_known(const struct verifier *verifier, const struct fingerprint *fingerprint)
{
    for (size_t i = 0; i < verifier->known_count; i++)
        if (!sodium_memcmp(&verifier->known[i], fingerprint, sizeof *fingerprint))
            return true;
    return false;
}

/* In the place of the oldest one, when all are taken. */
static void remember(struct verifier *verifier, const struct fingerprint *fingerprint)
{
    if (is_known(verifier, fingerprint))
        return;
    verifier->known[verifier->known_next] = *fingerprint;
    verifier->known_next = (verifier->known_next + 1) % KNOWN_MAX;
    if (verifier->known_count < KNOWN_MAX)
        verifier->known_count++;
}

/* ---- jobs ---- */

int verifier_new(uv_loop_t *loop, struct verifier **out)
{
    struct verifier *verifier = calloc(1, sizeof *verifier);
    *out = verifier;
    if (!verifier)
        return QA_ENOMEM;
    verifier->loop = loop;
    verifier->last = &verifier->first;
    randombytes_buf(verifier->key, sizeof verifier->key);
    return 0;
}

static void free_job(struct verifier_job *job)
{
    sodium_memzero(job, sizeof *job);
    free(job);
}

static void start_next(struct verifier *verifier);

/* On a worker thread. */
static void work(uv_work_t *request)
{
    struct verifier_job *job = request->data;
    job->valid = job->known || accounts_verify(job->token, job->hash);
}

static void worked(uv_work_t *request, int status)
{
    struct verifier_job *job = request->data;
    struct verifier *verifier = job->verifier;
    verifier->running--;
    if (!status && job->valid)
        remember(verifier, &job->fingerprint);
    if (job->done)
        job->done(job->user, !status && job->valid);
    free_job(job);
    start_next(verifier);
}

static struct verifier_job *take_first(struct verifier *verifier)
{
    struct verifier_job *job = verifier->first;
    verifier->first = job->next;
    if (!verifier->first)
        verifier->last = &verifier->first;
    verifier->waiting--;
    return job;
}

static void start_next(struct verifier *verifier)
{
    while (verifier->first && verifier->running < VERIFIER_AT_A_TIME) {
        struct verifier_job *job = take_first(verifier);
        if (!job->done) {
            free_job(job);
            continue;
        }
        job->work.data = job;
        verifier->running++;
        /* Fails for a missing function only. */
        if (uv_queue_work(verifier->loop, &job->work, work, worked))
            abort();
    }
}

int verifier_submit(struct verifier *verifier, const char *token, const char *hash,
                    void (*done)(void *user, bool valid), void *user, struct verifier_job **out)
{
    *out = NULL;
    if (verifier->waiting >= VERIFIER_WAITING)
        return QA_ELIMIT;
    struct verifier_job *job = calloc(1, sizeof *job);
    if (!job)
        return QA_ENOMEM;
    job->verifier = verifier;
    strncpy(job->token, token, sizeof job->token - 1);
    strncpy(job->hash, hash, sizeof job->hash - 1);
    take_fingerprint(job);
    job->known = is_known(verifier, &job->fingerprint);
    job->done = done;
    job->user = user;
    *verifier->last = job;
    verifier->last = &job->next;
    verifier->waiting++;
    *out = job;
    start_next(verifier);
    return 0;
}

void verifier_abandon(struct verifier_job *job)
{
    job->done = NULL;
}

bool verifier_busy(const struct verifier *verifier)
{
    return verifier->waiting || verifier->running;
}

void verifier_free(struct verifier *verifier)
{
    if (!verifier)
        return;
    while (verifier->first)
        free_job(take_first(verifier));
    sodium_memzero(verifier, sizeof *verifier);
    free(verifier);
}
