#include "worker/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/quit.h"

/* Sanitizers reserve terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#define DESCRIPTORS_MAX 128
/* The shared picture, a surface or the private copy of it, and codecs; each up to 256 MiB. */
#define ADDRESS_SPACE_MAX ((rlim_t)4 * 1024 * 1024 * 1024)
/* All file access rights of Landlock's first version; later ones add to what seccomp refuses. */
#define LANDLOCK_ALL_FILES ((1ull << 13) - 1)

struct rule {
    const char *name;
    int error; /* 0: allowed */
};

/*
 * By name, for a call may be unknown to one machine or one version of libseccomp; those are
 * skipped. What is not here kills the process.
 */
static const struct rule rules[] = {
    {"read", 0},
    {"write", 0},
    {"recvfrom", 0},
    {"recv", 0},
    {"sendto", 0},
    {"send", 0},
    {"poll", 0},
    {"ppoll", 0},
    {"ppoll_time64", 0},
    {"close", 0},
    {"eventfd2", 0},
    {"futex", 0},
    {"futex_time64", 0},
    {"brk", 0},
    {"munmap", 0},
    {"mremap", 0},
    {"madvise", 0},
    {"clock_gettime", 0},
    {"clock_gettime64", 0},
    {"clock_nanosleep", 0},
    {"clock_nanosleep_time64", 0},
    {"gettimeofday", 0},
    {"time", 0},
    {"nanosleep", 0},
    {"getrandom", 0},
    {"sched_yield", 0},
    {"sched_getaffinity", 0},
    {"sysinfo", 0},
    {"uname", 0},
    {"getpid", 0},
    {"gettid", 0},
    {"rt_sigaction", 0},
    {"rt_sigprocmask", 0},
    {"rt_sigreturn", 0},
    {"sigreturn", 0},
    {"sigaltstack", 0},
    {"restart_syscall", 0},
    {"exit", 0},
    {"exit_group", 0},
    /* Libraries try these and live without. */
    {"open", EACCES},
    {"openat", EACCES},
    {"openat2", ENOSYS},
    {"access", EACCES},
    {"faccessat", EACCES},
    {"faccessat2", EACCES},
    {"stat", EACCES},
    {"lstat", EACCES},
    {"fstat", EACCES},
    {"newfstatat", EACCES},
    {"statx", EACCES},
    {"readlink", EACCES},
    {"readlinkat", EACCES},
    {"getcwd", EACCES},
    {"lseek", ESPIPE},
    {"ioctl", ENOTTY},
    {"fcntl", EPERM},
    {"prctl", EPERM},
    {"getrlimit", EPERM},
    {"prlimit64", EPERM},
    {"timerfd_create", EPERM},
    {"timerfd_settime", EPERM},
    {"membarrier", ENOSYS},
    {"rseq", ENOSYS},
    {"set_robust_list", ENOSYS},
    /* Threads: FreeRDP prepares an H.264 decoder that is not used, and goes on without it. */
    {"clone", EPERM},
    {"clone3", ENOSYS},
};

static bool add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        int number = seccomp_syscall_resolve_name(rules[i].name);
        if (number == __NR_SCMP_ERROR || number < 0)
            continue; /* not of this machine */
        uint32_t action =
            rules[i].error ? SCMP_ACT_ERRNO((uint32_t)rules[i].error) : SCMP_ACT_ALLOW;
        if (seccomp_rule_add(filter, action, number, 0) != 0)
            return false;
    }
    return true;
}

/* Memory may be had and changed, but never to be run. */
static bool add_memory_rules(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int mmap2 = seccomp_syscall_resolve_name("mmap2");
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable) == 0 &&
           (mmap2 < 0 || seccomp_rule_add(filter, SCMP_ACT_ALLOW, mmap2, 1, not_executable) == 0);
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return false;
    bool done = add_rules(filter) && add_memory_rules(filter) && seccomp_load(filter) == 0;
    /* The filter's own memory stays: giving it back is not worth a call more in the list. */
    return done;
}

/* A second wall where the kernel has it; without, seccomp stands alone. */
static void close_file_system(void)
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs = LANDLOCK_ALL_FILES};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset < 0)
        return;
    (void)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
}

static bool limit(int resource, rlim_t value)
{
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    struct rlimit now;
    if (getrlimit(resource, &now) == 0 && now.rlim_max < value)
        both.rlim_cur = both.rlim_max = now.rlim_max;
    return setrlimit(resource, &both) == 0;
}

static bool limit_resources(void)
{
#ifndef SANITIZED
    if (!limit(RLIMIT_AS, ADDRESS_SPACE_MAX))
        return false;
#endif
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_MEMLOCK, 0) &&
           limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
}

void sandbox_enter(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        quit(WORKER_EXIT_START, "no new privileges");
    if (!limit_resources())
        quit(WORKER_EXIT_START, "resource limits");
    close_file_system();
    if (!filter_calls())
        quit(WORKER_EXIT_START, "system call filter");
}
