/* Policies: what they say, whose files count, and that whatever is wrong allows nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qassist/consent.h>
#include <qassist/errors.h>

#include "policy/policy.h"
#include "policy/policy_file.h"

#define RELAY     "wss://relay.example"
#define CLIPBOARD (QA_PERMISSION_CLIPBOARD_TO_SHARER | QA_PERMISSION_CLIPBOARD_TO_HELPER)

static struct policy policy;
static char words[POLICY_WORDS_MAX];

static int parse(const char *text)
{
    policy_free(&policy);
    policy = (struct policy){0};
    *words = '\0';
    return policy_file_parse(&policy, text, strlen(text), words);
}

static void test_what_it_says(void **state)
{
    assert_int_equal(parse("# of the service desk\n[policy]\ncontrol = no ; not any more\n"), 0);
    assert_int_equal(policy.denied, QA_PERMISSION_CONTROL);
    assert_int_equal(policy_check_relay(&policy, RELAY, words), 0);
    assert_int_equal(policy_check_organisation(&policy, "", POLICY_SHARER, words), 0);

    assert_int_equal(parse("[policy]\r\nclipboard = no\r\ncontrol = yes\r\n"), 0);
    assert_int_equal(policy.denied, CLIPBOARD);

    assert_int_equal(parse("[policy]\nremote-help = no\ncontact = Jo, room 7\n"), 0);
    assert_int_equal(policy_check_relay(&policy, RELAY, words), QA_EPOLICY);
    assert_string_equal(words, "your organisation does not allow remote help on this computer; "
                               "ask Jo, room 7");
    policy_free(&policy);
}

static void test_relays(void **state)
{
    assert_int_equal(parse("[policy]\nrelay = wss://relay.Example\n"
                           "relay = wss://other.example:8443/path\n"),
                     0);
    assert_int_equal(policy_check_relay(&policy, RELAY, words), 0);
    assert_int_equal(policy_check_relay(&policy, "wss://RELAY.example:443/x", words), 0);
    assert_int_equal(policy_check_relay(&policy, "wss://other.example:8443", words), 0);
    assert_int_equal(policy_check_relay(&policy, "wss://other.example", words), QA_EPOLICY);
    assert_string_equal(words, "your organisation does not allow the relay other.example:443, only "
                               "relay.Example:443 or other.example:8443");
    assert_int_equal(policy_check_relay(&policy, "wss://relay.example.evil", words), QA_EPOLICY);
    assert_int_equal(policy_check_relay(&policy, "wss://evil-relay.example", words), QA_EPOLICY);
    assert_int_equal(policy_check_relay(&policy, "nonsense", words), QA_EPOLICY);
    policy_free(&policy);
}

static void test_organisations(void **state)
{
    assert_int_equal(parse("[policy]\nrelay = " RELAY "\norganisation = Example Ltd\n"
                           "organisation = \xc3\x89"
                           "cole, S.A.\n"),
                     0);
    assert_int_equal(policy_check_organisation(&policy, "Example Ltd", POLICY_SHARER, words), 0);
    assert_int_equal(policy_check_organisation(&policy,
                                               "\xc3\x89"
                                               "cole, S.A.",
                                               POLICY_HELPER, words),
                     0);
    static const char *const others[] = {"", "Example Ltd.", "example ltd", " Example Ltd", "E"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(policy_check_organisation(&policy, others[i], POLICY_SHARER, words),
                         QA_EPOLICY);
    assert_string_equal(words,
                        "your organisation does not allow help from E, only from Example Ltd "
                        "or \xc3\x89"
                        "cole, S.A.; nothing was shared");
    assert_int_equal(policy_check_organisation(&policy, "E", POLICY_HELPER, words), QA_EPOLICY);
    assert_non_null(strstr(words, "does not allow you to help as somebody from E, only"));
    policy_free(&policy);
}

static void test_proxies(void **state)
{
    assert_int_equal(parse("[proxy]\naddress = http://proxy.example:3128\nuser = me\n"
                           "password = p:ss w\xc3\xb6rd\nbypass = .example.org, 10.0.0.0/8\n"),
                     0);
    struct ws_proxy proxy;
    assert_int_equal(ws_proxy_choose(&policy.proxies, "relay.example", 443, &proxy, words), 0);
    assert_string_equal(proxy.shown, "proxy.example:3128");
    assert_string_equal(proxy.auth, "me:p:ss w\xc3\xb6rd");
    assert_int_equal(ws_proxy_choose(&policy.proxies, "a.example.org", 443, &proxy, words), 0);
    assert_string_equal(proxy.host, "");
    assert_int_equal(parse("[proxy]\naddress = none\n"), 0);
    setenv("https_proxy", "http://proxy.example", 1);
    assert_int_equal(ws_proxy_choose(&policy.proxies, "relay.example", 443, &proxy, words), 0);
    assert_string_equal(proxy.host, "");
    unsetenv("https_proxy");
    policy_free(&policy);
}

static void test_what_is_wrong_allows_nothing(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "it says nothing"},
        {"[policy]\n", "it says nothing"},
        {"; control = no\n", "it says nothing"},
        {"control = no\n", "line 1: there are the sections"},
        {"[polcy]\ncontrol = no\n", "line 2: there are the sections"},
        {"[policy]\ncontrol = No\n", "line 2: this value is yes or no"},
        {"[policy]\ncontrol =\n", "line 2: this value is yes or no"},
        {"[policy]\ncontrol\n", "line 2: this is no line"},
        {"[policy\ncontrol = no\n", "line 1: there are the sections"},
        {"[policy]\ncontrols = no\n", "line 2: this name is not known here"},
        {"[policy]\nControl = no\n", "line 2: this name is not known here"},
        {"[policy]\ncontrol = no\ncontrol = yes\n", "line 3: this name is there twice"},
        {"[policy]\nrelay = https://relay.example\n", "line 2: a relay is an address"},
        {"[policy]\nrelay = relay.example\n", "line 2: a relay is an address"},
        {"[policy]\norganisation = Example Ltd\n", "it names organisations, but no relay"},
        {"[policy]\nrelay = " RELAY "\norganisation =\n", "line 3: an organisation is"},
        {"[policy]\nrelay = " RELAY "\norganisation = a\xff\n", "line 3: an organisation is"},
        {"[policy]\nrelay = " RELAY "\norganisation = A\n  control = no\n",
         "line 4: the line begins"},
        {"[policy]\ncontact =\n", "line 2: the contact"},
        {"[proxy]\naddress = socks5://proxy.example\n", "line 2: a proxy is none, or"},
        {"[proxy]\nuser = me\npassword = x\n", "[proxy] lacks the address"},
        {"[proxy]\naddress = none\nbypass = x\n", "[proxy] lacks the address"},
        {"[proxy]\naddress = proxy.example\nuser = me\n", "[proxy] needs both"},
        {"[proxy]\naddress = u:p@proxy.example\nuser = me\npassword = x\n", "[proxy] needs both"},
        {"[proxy]\naddress = proxy.example\nuser = a:b\n", "line 3: the user's name"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(bad[i].text), QA_EINVAL);
        if (strncmp(words, bad[i].why, strlen(bad[i].why)) != 0)
            fail_msg("\"%s\" gave \"%s\"", bad[i].text, words);
    }
    policy_free(&policy);
}

static void test_what_inih_would_misread(void **state)
{
    /* A NUL would end it before the rule; the rest of a long line would be a line of its own. */
    static const char nul[] = "[policy]\ncontrol = yes\n\0remote-help = no\n";
    assert_int_equal(policy_file_parse(&policy, nul, sizeof nul - 1, words), QA_EINVAL);
    assert_string_equal(words, "line 1: the file holds a NUL byte");

    char line[400] = "[policy]\n#";
    memset(line + 10, 'x', 300);
    assert_int_equal(parse(line), QA_EINVAL);
    assert_string_equal(words, "line 2: the line is longer than 190 bytes");

    char many[8192] = "[policy]\n";
    for (int i = 0; i < POLICY_LIST_MAX; i++)
        strcat(many, "relay = " RELAY "\n");
    assert_int_equal(parse(many), 0);
    strcat(many, "relay = " RELAY "\n");
    assert_int_equal(parse(many), QA_EINVAL);
    policy_free(&policy);
}

/* ---- files ---- */

static char folder[64], path[128];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/qassist-policy-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/policy.ini", folder);
    return 0;
}

static int remove_folder(void **state)
{
    unlink(path);
    return rmdir(folder);
}

static void write_file(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

/* What a person reads where the file does not count; "" where it does. */
static const char *fault_of(enum policy_source source)
{
    policy_read(&policy, path, source);
    *words = '\0';
    int error = policy_check_relay(&policy, RELAY, words);
    policy_free(&policy);
    assert_int_equal(error, *words ? QA_EPOLICY : 0);
    return words;
}

static void test_files_that_count(void **state)
{
    unlink(path);
    assert_string_equal(fault_of(POLICY_OF_SYSTEM), ""); /* nobody set rules */
    assert_non_null(strstr(fault_of(POLICY_OF_PROGRAM), "it cannot be read: No such file"));

    write_file("[policy]\ncontrol = no\n", 0644);
    assert_string_equal(fault_of(POLICY_OF_PROGRAM), "");
    if (!geteuid())
        assert_string_equal(fault_of(POLICY_OF_SYSTEM), "");
    else
        assert_non_null(strstr(fault_of(POLICY_OF_SYSTEM), "does not belong to root"));

    write_file("[policy]\ncontrol = maybe\n", 0644);
    assert_string_equal(strstr(fault_of(POLICY_OF_PROGRAM), path) + strlen(path),
                        ": line 2: this value is yes or no");
    assert_non_null(strstr(words, "nothing is allowed; tell whoever looks after it"));
}

static void test_files_that_others_can_change(void **state)
{
    static const mode_t modes[] = {0646, 0664, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file("[policy]\ncontrol = no\n", modes[i]);
        assert_non_null(strstr(fault_of(POLICY_OF_PROGRAM), "others than its owner may change it"));
    }
    write_file("[policy]\ncontrol = no\n", 0644);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_non_null(strstr(fault_of(POLICY_OF_PROGRAM), "others may put a file in its place"));
    assert_int_equal(chmod(folder, 01777), 0); /* as in /tmp: only the owner may */
    assert_string_equal(fault_of(POLICY_OF_PROGRAM), "");
    assert_int_equal(chmod(folder, 0700), 0);

    if (!geteuid()) {
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_non_null(strstr(fault_of(POLICY_OF_PROGRAM), "does not belong to root"));
        assert_non_null(strstr(fault_of(POLICY_OF_SYSTEM), "does not belong to root"));
    }
}

static void test_what_is_no_file(void **state)
{
    unlink(path);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_non_null(strstr(fault_of(POLICY_OF_SYSTEM), "cannot be read"));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink(path, path), 0);
    assert_non_null(strstr(fault_of(POLICY_OF_SYSTEM), "cannot be read"));
    unlink(path);
    assert_int_equal(mkfifo(path, 0644), 0);
    assert_non_null(strstr(fault_of(POLICY_OF_SYSTEM), "cannot be read"));
    unlink(path);
    write_file("", 0644);
    assert_int_equal(truncate(path, POLICY_FILE_MAX + 1), 0);
    assert_non_null(strstr(fault_of(POLICY_OF_PROGRAM), "it is longer than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_relays),
        cmocka_unit_test(test_organisations),
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_what_is_wrong_allows_nothing),
        cmocka_unit_test(test_what_inih_would_misread),
        cmocka_unit_test(test_files_that_count),
        cmocka_unit_test(test_files_that_others_can_change),
        cmocka_unit_test(test_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
