// Wake-ups of workers that fall asleep just then: a lost one hangs the case.

#include <atomic>
#include <cstddef>
#include <thread>

#include "support/catch.hpp"
#include "support/sanitizers.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"

namespace {

using tandem::drop;
using tandem::unsafe_send;
using tandem::async::Task;
using tandem::rt::Builder;
using tandem::rt::Runtime;

Runtime with_workers(std::size_t count) {
    return Builder::new_multi_thread().worker_threads(count).build().unwrap();
}

constexpr int rounds = tandem::testing::under_tsan ? 5'000 : 50'000;

Task<> set(std::atomic<int>* done, int to) {
    done->store(to);
    co_return;
}

/// Awake, to be back as soon as it is true; others run meanwhile if they have no other processor.
template <class Fn>
void spin_until(Fn is_true) {
    for (int looks = 0; !is_true(); ++looks) {
        if (looks > 1'000) {
            std::this_thread::yield();
        }
    }
}

/// Some time, more or less by the round: from nothing to a few microseconds.
void pause(int round) {
    for (int i = 0; i < round % 2'000; ++i) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    }
}

/// Holds its worker up until so many have come: the others need workers of their own.
Task<> meet(std::atomic<int>* come, int all) {
    come->fetch_add(1);
    while (come->load() < all) {
        std::this_thread::yield();
    }
    co_return;
}

}  // namespace

TEST_CASE("wake-ups: a task that comes from outside as the workers fall asleep is run",
          "[rt][wakeups]") {
    std::size_t const workers = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3});
    std::atomic<int> done{0};
    Runtime const runtime = with_workers(workers);

    for (int round = 1; round <= rounds; ++round) {
        drop(runtime.spawn(set, unsafe_send(&done), round));
        while (done.load() != round) {}
        pause(round);  // the worker has nothing to do, and looks round before it falls asleep
    }

    SUCCEED();
}

TEST_CASE("wake-ups: a burst from outside wakes as many workers as it needs", "[rt][wakeups]") {
    constexpr int workers = 3;
    std::atomic<int> come{0};
    Runtime const runtime = with_workers(workers);

    for (int round = 1; round <= rounds / 10; ++round) {
        int const all = round * workers;
        for (int i = 0; i < workers; ++i) {
            drop(runtime.spawn(meet, unsafe_send(&come), all));
        }
        while (come.load() < all) {
            std::this_thread::yield();
        }
        pause(round);
    }

    SUCCEED();
}
