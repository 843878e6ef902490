// Caught: a task that computes for long without a co_await
#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "show.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::async::Task;
using tandem::async::yield_now;

void compute_for(std::chrono::milliseconds time) {
    auto const end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {}
}

Task<void> wrong() {
    compute_for(150ms);
    co_return;
}

Task<void> right() {
    for (int i = 0; i < 15; ++i) {
        compute_for(10ms);
        co_await yield_now();  // the thread's other tasks have their turn
    }
}

Task<void> async_main() {
    (co_await rt::spawn(wrong)).unwrap();
    (co_await rt::spawn(right)).unwrap();
    auto computed = rt::spawn_blocking(compute_for, 150ms);
    (co_await std::move(computed)).unwrap();
}

int main() {
    show_reports();
    rt::run(async_main);
}

// prints:
// long_poll.cpp:37: the task spawned here ran for some ms without a co_await that waits, and
// all other tasks of its thread waited with it. Compute in rt::spawn_blocking, or co_await
// async::yield_now() now and then
