// What this process has of the system: threads, descriptors, and how often its threads slept.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

namespace tandem::testing {

namespace detail {

inline int entries(char const* folder) {
    int count = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        ++count;
    }
    return count;
}

}  // namespace detail

inline int threads_alive() {
    // With the first thread, ThreadSanitizer starts one of its own, which stays.
    static bool const has_begun = (std::thread([] {}).join(), true);
    static_cast<void>(has_begun);
    return detail::entries("/proc/self/task");
}
inline int descriptors_open() { return detail::entries("/proc/self/fd"); }

/// Waits until so few threads are left: the kernel forgets one a little after it was joined. More
/// that stay hang the test.
inline void wait_for_threads(int at_most) {
    while (threads_alive() > at_most) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// How often the process's threads went to sleep so far, or were made to wait: the sum of both.
inline long context_switches() {
    long sum = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator it("/proc/self/task", error), end; !error && it != end;
         it.increment(error)) {
        std::ifstream status(it->path() / "status");
        for (std::string word; status >> word;) {
            if (word == "voluntary_ctxt_switches:") {
                long count = 0;
                status >> count;
                sum += count;
            }
        }
    }
    return sum;
}

}  // namespace tandem::testing
