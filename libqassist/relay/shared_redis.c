/* The nodes' directory in Valkey or Redis: one connection, found again whenever it is lost. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/adapters/libuv.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <qassist/errors.h>

#include "base/clock.h"
#include "base/random.h"
#include "relay/redis_url.h"
#include "relay/shared.h"

/* Silence that counts as loss: nothing here takes a server longer than milliseconds. */
#define SILENCE_MS   3000
#define WATCH_MS     500
#define PAUSE_MS     250
#define PAUSE_MAX_MS 5000

/*
 * Each script is run as a whole and alone. Keys of one code, or of one session, are in one slot of
 * a cluster by their braces.
 *
 * qa:{MARK}:open    the node, for as long as the code can be claimed
 * qa:{MARK}:code    "expired NODE" or "used NODE", for a day more: what becomes of it when the
 *                   former is gone
 * qa:{MARK}:place   the node where a broken session gathers
 * qa:nodes          name -> "seconds info" by the directory's own clock
 */
static const char publish_script[] =
    "if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) "
    "redis.call('SET', KEYS[2], 'expired ' .. ARGV[1], 'EX', ARGV[2] + ARGV[3]) "
    "return 1";

static const char claim_script[] = "local node = redis.call('GET', KEYS[1]) "
                                   "if not node then return redis.call('GET', KEYS[2]) end "
                                   "redis.call('DEL', KEYS[1]) "
                                   "redis.call('SET', KEYS[2], 'used ' .. node, 'EX', ARGV[1]) "
                                   "return 'open ' .. node";

static const char gather_script[] = "local node = redis.call('GET', KEYS[1]) "
                                    "if node and node ~= ARGV[2] then return node end "
                                    "redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3]) "
                                    "return ARGV[1]";

static const char beat_script[] =
    "local now = tonumber(redis.call('TIME')[1]) "
    "if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) "
    "else redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. ARGV[2]) end "
    "local all, there = redis.call('HGETALL', KEYS[1]), {} "
    "for i = 1, #all, 2 do "
    "local space = string.find(all[i + 1], ' ', 1, true) "
    "local age = now - tonumber(string.sub(all[i + 1], 1, space - 1)) "
    "if age > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[i]) "
    "else there[#there + 1] = all[i] "
    "there[#there + 1] = string.sub(all[i + 1], space + 1) end end "
    "return there";

struct redis {
    struct shared base;
    uv_loop_t *loop;
    const struct log *log;
    struct redis_url url;
    redisAsyncContext *context;
    uv_getaddrinfo_t resolution;
    uv_timer_t timer;
    bool resolving, up, closing;
    size_t waiting; /* questions without an answer */
    uint64_t heard_ms, retry_ms;
    unsigned tries;
    unsigned holds; /* the timer, the name's resolution */
};

/* A question under way. */
struct question {
    struct redis *redis;
    shared_done done;
    void *user;
    void (*answer)(struct question *question, const redisReply *reply);
};

static void release(struct redis *redis)
{
    if (--redis->holds)
        return;
    explicit_bzero(&redis->url, sizeof redis->url);
    free(redis);
}

/* ---- losing and finding ---- */

static void try_later(struct redis *redis)
{
    uint32_t pause = PAUSE_MS;
    for (unsigned i = 0; i < redis->tries && pause < PAUSE_MAX_MS; i++)
        pause *= 2;
    redis->tries++;
    redis->retry_ms = clock_ms() + pause / 2 + random_below(pause + 1);
}

/* The connection is gone, or never came about. */
static void lost(struct redis *redis, const char *reason)
{
    redis->context = NULL;
    if (redis->closing)
        return;
    if (redis->up || !redis->tries)
        log_line(redis->log, QA_LOG_WARNING, "event=directory_lost reason=\"%s\"", reason);
    redis->up = false;
    try_later(redis);
    redis->base.events->lost(redis->base.user);
}

static void drop(struct redis *redis, const char *reason)
{
    redisAsyncContext *context = redis->context;
    if (!context)
        return;
    context->data = NULL;
    lost(redis, reason);
    redisAsyncFree(context); /* answers all that is under way */
}

static void on_disconnect(const redisAsyncContext *context, int status)
{
    struct redis *redis = context->data;
    (void)status;
    if (redis)
        lost(redis, context->errstr && *context->errstr ? context->errstr : "closed");
}

static void on_connect(const redisAsyncContext *context, int status)
{
    struct redis *redis = context->data;
    if (redis && status != REDIS_OK)
        lost(redis, context->errstr && *context->errstr ? context->errstr : "refused");
}

/* ---- asking ---- */

static void answered(redisAsyncContext *context, void *data, void *user)
{
    const redisReply *reply = data;
    struct question *question = user;
    struct redis *redis = question->redis;
    redis->waiting--;
    redis->heard_ms = clock_ms();
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        log_line(redis->log, QA_LOG_ERROR, "event=directory_refuses");
        reply = NULL;
        if (context->data && !redis->closing)
            drop(redis, "it refused a command; see its log, and user, password and database");
    }
    question->answer(question, reply);
    free(question);
}

static void fail(struct question *question)
{
    if (question->done)
        question->done(question->user, QA_ERELAY_LOST, NULL);
}

/* Takes the question over. */
static void ask(struct question *question, int argc, const char **argv)
{
    struct redis *redis = question->redis;
    if (!redis->waiting++)
        redis->heard_ms = clock_ms();
    if (redis->context &&
        redisAsyncCommandArgv(redis->context, answered, question, argc, argv, NULL) == REDIS_OK)
        return;
    redis->waiting--;
    fail(question);
    free(question);
}

static struct question *make_question(struct redis *redis, shared_done done, void *user,
                                      void (*answer)(struct question *, const redisReply *))
{
    struct question *question = calloc(1, sizeof *question);
    if (question)
        *question = (struct question){.redis = redis, .done = done, .user = user, .answer = answer};
    else if (done)
        done(user, QA_ERELAY_LOST, NULL);
    return question;
}

/* One that may be asked now; else it is answered. */
static struct question *question_for(struct shared *shared, shared_done done, void *user,
                                     void (*answer)(struct question *, const redisReply *))
{
    struct redis *redis = (struct redis *)shared;
    if (redis->up && redis->context)
        return make_question(redis, done, user, answer);
    if (done)
        done(user, QA_ERELAY_LOST, NULL);
    return NULL;
}

static bool name_valid(const char *text)
{
    return strlen(text) == NODE_NAME_DIGITS && strspn(text, "0123456789abcdef") == NODE_NAME_DIGITS;
}

/* ---- the questions ---- */

static void on_published(struct question *question, const redisReply *reply)
{
    if (!reply || reply->type != REDIS_REPLY_INTEGER)
        fail(question);
    else
        question->done(question->user, reply->integer == 1 ? 0 : QA_ESTATE, NULL);
}

static void publish(struct shared *shared, const char *mark, const char *name, unsigned lifetime_s,
                    shared_done done, void *user)
{
    struct question *question = question_for(shared, done, user, on_published);
    if (!question)
        return;
    char open[64], code[64], seconds[16], kept[16];
    snprintf(open, sizeof open, "qa:{%s}:open", mark);
    snprintf(code, sizeof code, "qa:{%s}:code", mark);
    snprintf(seconds, sizeof seconds, "%u", lifetime_s);
    snprintf(kept, sizeof kept, "%u", SHARED_KEPT_OUT_S);
    const char *words[] = {"EVAL", publish_script, "2", open, code, name, seconds, kept};
    ask(question, sizeof words / sizeof *words, words);
}

static void on_claimed(struct question *question, const redisReply *reply)
{
    static const struct {
        const char *word;
        int error;
    } meanings[] = {{"open ", 0}, {"used ", QA_ECODE_USED}, {"expired ", QA_ECODE_EXPIRED}};
    if (reply && reply->type == REDIS_REPLY_NIL) {
        question->done(question->user, QA_ECODE_UNKNOWN, NULL);
        return;
    }
    for (size_t i = 0; reply && reply->type == REDIS_REPLY_STRING && i < 3; i++) {
        size_t length = strlen(meanings[i].word);
        if (!strncmp(reply->str, meanings[i].word, length) && name_valid(reply->str + length)) {
            question->done(question->user, meanings[i].error, reply->str + length);
            return;
        }
    }
    fail(question);
}

static void claim(struct shared *shared, const char *mark, shared_done done, void *user)
{
    struct question *question = question_for(shared, done, user, on_claimed);
    if (!question)
        return;
    char open[64], code[64], kept[16];
    snprintf(open, sizeof open, "qa:{%s}:open", mark);
    snprintf(code, sizeof code, "qa:{%s}:code", mark);
    snprintf(kept, sizeof kept, "%u", SHARED_KEPT_OUT_S);
    const char *words[] = {"EVAL", claim_script, "2", open, code, kept};
    ask(question, sizeof words / sizeof *words, words);
}

static void on_gathered(struct question *question, const redisReply *reply)
{
    if (!reply || reply->type != REDIS_REPLY_STRING || !name_valid(reply->str))
        fail(question);
    else
        question->done(question->user, 0, reply->str);
}

static void gather(struct shared *shared, const char *mark, const char *name, const char *gone,
                   shared_done done, void *user)
{
    struct question *question = question_for(shared, done, user, on_gathered);
    if (!question)
        return;
    char place[64], seconds[16];
    snprintf(place, sizeof place, "qa:{%s}:place", mark);
    snprintf(seconds, sizeof seconds, "%u", SHARED_GATHER_S);
    const char *words[] = {"EVAL", gather_script, "1", place, name, gone, seconds};
    ask(question, sizeof words / sizeof *words, words);
}

static void on_beaten(struct question *question, const redisReply *reply)
{
    struct redis *redis = question->redis;
    struct shared_node list[SHARED_NODES_MAX];
    size_t count = 0;
    if (!reply || reply->type != REDIS_REPLY_ARRAY || redis->closing)
        return;
    for (size_t i = 0; i + 1 < reply->elements && count < SHARED_NODES_MAX; i += 2) {
        redisReply *const *part = reply->element + i;
        if (part[0]->type == REDIS_REPLY_STRING && part[1]->type == REDIS_REPLY_STRING &&
            name_valid(part[0]->str))
            list[count++] = (struct shared_node){.name = part[0]->str, .info = part[1]->str};
    }
    redis->base.events->nodes(redis->base.user, list, count);
}

static void beat(struct shared *shared, const char *name, const char *info)
{
    struct question *question = question_for(shared, NULL, NULL, on_beaten);
    if (!question)
        return;
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%u", SHARED_NODE_S);
    const char *words[] = {"EVAL", beat_script, "1", "qa:nodes", name, info ? info : "", seconds};
    ask(question, sizeof words / sizeof *words, words);
}

/* ---- connecting ---- */

static void on_selected(struct question *question, const redisReply *reply)
{
    struct redis *redis = question->redis;
    if (!reply || redis->closing || !redis->context)
        return;
    redis->up = true;
    redis->tries = 0;
    log_line(redis->log, QA_LOG_INFO, "event=directory_found");
    redis->base.events->found(redis->base.user);
}

static void on_said(struct question *question, const redisReply *reply)
{
    (void)question;
    (void)reply;
}

static void introduce(struct redis *redis)
{
    struct question *question;
    char database[16];
    if (redis->url.password[0] && (question = make_question(redis, NULL, NULL, on_said))) {
        const char *words[3] = {"AUTH", redis->url.user, redis->url.password};
        if (!redis->url.user[0])
            words[1] = redis->url.password;
        ask(question, redis->url.user[0] ? 3 : 2, words);
    }
    question = make_question(redis, NULL, NULL, on_selected);
    if (!question)
        return;
    snprintf(database, sizeof database, "%u", redis->url.database);
    const char *words[] = {"SELECT", database};
    ask(question, 2, words);
}

static void connect_to(struct redis *redis, const char *address)
{
    redisAsyncContext *context = redisAsyncConnect(address, atoi(redis->url.port));
    if (!context || context->err || redisLibuvAttach(context, redis->loop)) {
        lost(redis, context && context->errstr ? context->errstr : "no memory");
        if (context)
            redisAsyncFree(context);
        return;
    }
    context->data = redis;
    redis->context = context;
    redis->heard_ms = clock_ms();
    redisAsyncSetConnectCallback(context, on_connect);
    redisAsyncSetDisconnectCallback(context, on_disconnect);
    introduce(redis);
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct redis *redis = request->data;
    char address[64] = "";
    redis->resolving = false;
    if (!status)
        getnameinfo(addresses->ai_addr, addresses->ai_addrlen, address, sizeof address, NULL, 0,
                    NI_NUMERICHOST);
    uv_freeaddrinfo(addresses);
    if (!redis->closing && address[0])
        connect_to(redis, address);
    else
        lost(redis, "its name has no address");
    release(redis);
}

/* hiredis would wait for the name itself. */
static void start(struct redis *redis)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    redis->resolution.data = redis;
    if (uv_getaddrinfo(redis->loop, &redis->resolution, resolved, redis->url.host, redis->url.port,
                       &hints)) {
        try_later(redis);
        return;
    }
    redis->resolving = true;
    redis->holds++;
}

/* A silent server, and one that did not even refuse the connection. */
static void watch(uv_timer_t *timer)
{
    struct redis *redis = timer->data;
    uint64_t now = clock_ms();
    if (redis->context && (redis->waiting || !redis->up) &&
        clock_since(now, redis->heard_ms) >= SILENCE_MS)
        drop(redis, "no answer");
    else if (!redis->context && !redis->resolving && now >= redis->retry_ms)
        start(redis);
}

static void timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void close_redis(struct shared *shared)
{
    struct redis *redis = (struct redis *)shared;
    redis->closing = true;
    if (redis->resolving)
        uv_cancel((uv_req_t *)&redis->resolution);
    if (redis->context) {
        redisAsyncContext *context = redis->context;
        context->data = NULL;
        redis->context = NULL;
        redisAsyncFree(context);
    }
    uv_close((uv_handle_t *)&redis->timer, timer_closed);
}

static const struct shared_ops ops = {
    .beat = beat, .publish = publish, .claim = claim, .gather = gather, .close = close_redis};

int shared_redis_new(uv_loop_t *loop, const char *url, const struct log *log,
                     const struct shared_events *events, void *user, struct shared **out, char *why,
                     size_t why_size)
{
    struct redis_url parsed;
    *out = NULL;
    int error = redis_url_parse(url, &parsed, why, why_size);
    if (error)
        return error;
    struct redis *redis = calloc(1, sizeof *redis);
    if (!redis)
        return QA_ENOMEM;
    redis->base = (struct shared){.ops = &ops, .events = events, .user = user};
    redis->loop = loop;
    redis->log = log;
    redis->url = parsed;
    explicit_bzero(&parsed, sizeof parsed);
    redis->holds = 1;
    uv_timer_init(loop, &redis->timer);
    redis->timer.data = redis;
    uv_timer_start(&redis->timer, watch, 0, WATCH_MS);
    *out = &redis->base;
    return 0;
}
