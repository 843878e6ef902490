#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "tandem/core/detail/panic_type.hpp"
#include "tandem/thread/available_parallelism.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// What a Builder was told.
struct Config {
    std::uint32_t worker_threads = 0;  // 0: one a processor
    std::uint32_t max_blocking_threads = 512;
    std::int64_t thread_keep_alive = 10'000'000'000;  // nanoseconds
    std::uint64_t thread_stack_size = 0;              // bytes; 0: the system's
    std::uint32_t event_interval = 61;                // tasks between two looks at the timers
    std::uint32_t global_queue_interval = 31;         // tasks between two looks at that queue
    bool io_enabled = false;
    bool time_enabled = false;
    bool start_paused = false;
    std::string thread_name = "tandem-worker";
};

inline constexpr std::uint32_t most_threads = 32768;  // of a kind: more has no use

/// What TANDEM_WORKER_THREADS says, else one a processor.
[[nodiscard]] inline std::uint32_t default_worker_threads() {
    char const* const wish = std::getenv("TANDEM_WORKER_THREADS");
    if (wish == nullptr) {
        auto const processors = thread::available_parallelism();
        return static_cast<std::uint32_t>(processors < most_threads ? processors : most_threads);
    }
    char* end = nullptr;
    unsigned long const count = std::strtoul(wish, &end, 10);
    if (end == wish || *end != '\0' || count == 0 || count > most_threads) {
        throw Panic("TANDEM_WORKER_THREADS is \"" + std::string(wish) +
                    "\": it has to be a number from 1 to 32768");
    }
    return static_cast<std::uint32_t>(count);
}

}  // namespace tandem::rt::detail
