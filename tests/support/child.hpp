// Runs a piece of a test in a process of its own, for what ends a program or limits it for good.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <string>

namespace tandem::testing {

struct Ended {
    int exit_status;     // -1 if a signal ended it
    int signal;          // 0 if it ended by itself
    std::string errors;  // what it wrote to stderr
};

/// Calls `fn()`, whose int is the child's exit status (an exception: 99), without atexit handlers.
template <class Fn>
[[nodiscard]] Ended run_in_child(Fn fn) {
    int ends[2];
    if (::pipe(ends) != 0) {
        return {.exit_status = -1, .signal = 0, .errors = "no pipe"};
    }
    std::fflush(nullptr);
    pid_t const child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        std::signal(SIGABRT, SIG_DFL);  // Catch2 would report a failure of ours
        rlimit const no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        int status = 99;
        try {
            status = fn();
        } catch (...) { std::fputs("an exception left the child\n", stderr); }
        std::fflush(stderr);
        ::_exit(status);
    }
    ::close(ends[1]);
    std::string errors;
    char buffer[512];
    for (ssize_t n = ::read(ends[0], buffer, sizeof buffer); n > 0;
         n = ::read(ends[0], buffer, sizeof buffer)) {
        errors.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return {.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            .errors = errors};
}

/// From now on this process may use so many bytes of addresses more than it does.
inline void limit_addresses(std::size_t more) {
    unsigned long pages = 0;
    if (std::FILE* const file = std::fopen("/proc/self/statm", "r"); file != nullptr) {
        static_cast<void>(std::fscanf(file, "%lu", &pages) == 1);
        std::fclose(file);
    }
    std::size_t const most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more;
    rlimit const limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
}

}  // namespace tandem::testing
