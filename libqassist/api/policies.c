#include "api/policies.h"

#define COUNT (sizeof((qa_context *)0)->policies / sizeof(struct policy))

void context_forget_policies(qa_context *context)
{
    for (size_t i = 0; i < COUNT; i++)
        policy_free(&context->policies[i]);
}

int context_obey_policies(qa_context *context)
{
    context_forget_policies(context);
    policy_read(&context->policies[0], QASSIST_POLICY, POLICY_OF_SYSTEM);
    context->policies[1] = (struct policy){0};
    if (context->policy_file)
        policy_read(&context->policies[1], context->policy_file, POLICY_OF_PROGRAM);
    context->policy_words[0] = '\0';
    int error = 0;
    for (size_t i = 0; !error && i < COUNT; i++)
        error =
            policy_check_relay(&context->policies[i], context->relay_url, context->policy_words);
    if (error)
        log_warning(&context->log, "policy: no session is allowed at this relay");
    return error;
}

const struct ws_proxy_rules *context_proxies(const qa_context *context)
{
    const struct policy *policies = context->policies;
    return policies[0].proxies.set ? &policies[0].proxies : &policies[1].proxies;
}

unsigned context_denied(const qa_context *context)
{
    unsigned denied = 0;
    for (size_t i = 0; i < COUNT; i++)
        denied |= context->policies[i].denied;
    return denied;
}

unsigned qa_context_allowed(qa_context *context, const char **why)
{
    int error = context ? context_obey_policies(context) : QA_EINVAL;
    if (why)
        *why = context ? context->policy_words : "";
    return error ? 0 : QA_PERMISSIONS_ALL & ~context_denied(context);
}

bool session_obey_policies(struct session *session)
{
    qa_context *context = session->context;
    if (context_obey_policies(context)) {
        session_part_failed(session, QA_EPOLICY, context->policy_words);
        return false;
    }
    session->core->denied = context_denied(context);
    return true;
}

int session_check_organisation(struct session *session)
{
    const qa_context *context = session->context;
    enum policy_role role = session->role->pake == PAKE_SHARER ? POLICY_SHARER : POLICY_HELPER;
    char words[POLICY_WORDS_MAX];
    for (size_t i = 0; i < COUNT; i++) {
        if (policy_check_organisation(&context->policies[i], session->organisation, role, words)) {
            session_set_detail(session, words);
            return QA_EPOLICY;
        }
    }
    return 0;
}
