/*
 * Says whether this screen could be shared, before anybody calls anybody. Exit status 0: yes.
 *
 * Usage: check-sharing [wss://RELAY [CA.pem]]
 */
#include <stdio.h>

#include <qassist/qassist.h>

/* [check] */
static void on_result(const qa_check_result *result, void *user_data)
{
    static const char *const parts[] = {"",          "display", "extension", "capture", "input",
                                        "clipboard", "worker",  "policy",    "relay"};
    size_t part = (size_t)result->part; /* later versions may look at more */
    printf("%-7s %-9s %s %s\n",
           result->good     ? "good"
           : result->needed ? "MISSING"
                            : "limited",
           part < sizeof parts / sizeof *parts ? parts[part] : "other", result->name,
           result->detail);
}

static int check(const char *relay_url, const char *ca_file)
{
    qa_check_options options = QA_CHECK_OPTIONS_INIT;
    options.relay_url = relay_url; /* NULL: no relay is looked at */
    options.ca_file = ca_file;
    int error = qa_check_sharing(&options, on_result, NULL);
    if (error)
        printf("Sharing would not work: %s.\n", qa_strerror(error));
    return error;
}
/* [end check] */

int main(int argc, char *argv[])
{
    return check(argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL) ? 1 : 0;
}
