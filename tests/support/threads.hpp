// Threads that a test can start together, and that are always joined before it ends.
#pragma once

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <utility>
#include <vector>

namespace tandem::testing {

/// std::jthread without its stop token: not every standard library has it yet.
class Threads {
public:
    Threads() = default;
    Threads(Threads const&) = delete;
    Threads& operator=(Threads const&) = delete;
    ~Threads() { join(); }

    template <class Body>
    void start(Body body) {
        threads_.emplace_back(std::move(body));
    }

    /// A lost wake-up hangs here; ctest's TIMEOUT then fails the test.
    void join() {
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

private:
    std::vector<std::thread> threads_;
};

/// Runs `body(i)` on `count` threads that begin at the same moment; returns when all have ended.
/// No CHECK inside: Catch2's macros are for the test's own thread alone.
template <class Body>
void on_threads(int count, Body const& body) {
    std::latch start{count};
    Threads threads;
    for (int i = 0; i < count; ++i) {
        threads.start([&start, &body, i] {
            start.arrive_and_wait();
            body(i);
        });
    }
}

/// Time for other threads to fall asleep. Too short makes a test weaker, never wrong.
inline void let_them_fall_asleep() { std::this_thread::sleep_for(std::chrono::milliseconds{20}); }

/// A few nanoseconds a turn, to make two threads meet a little later every time.
inline void spin_for(int turns) {
    for (std::atomic<int> left{turns}; left.load(std::memory_order_relaxed) > 0;) {
        left.fetch_sub(1, std::memory_order_relaxed);
    }
}

}  // namespace tandem::testing
