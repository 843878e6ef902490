// Does `fn()` end the program? Asked in a child process, so that the answer may be yes.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace tandem::testing {

template <class Fn>
[[nodiscard]] bool aborts(Fn fn) {
    pid_t const child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // Catch2 would report a failure of ours
        rlimit const no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        fn();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace tandem::testing
