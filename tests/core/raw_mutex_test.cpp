#include "tandem/core/detail/raw_mutex.hpp"

#include <latch>
#include <type_traits>

#include "support/catch.hpp"
#include "support/threads.hpp"

namespace {

using tandem::detail::RawLock;
using tandem::detail::RawMutex;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;

static_assert(sizeof(RawMutex) == 4);
static_assert(!std::is_copy_constructible_v<RawMutex>);
static_assert(!std::is_move_constructible_v<RawMutex>);
static_assert(!std::is_copy_constructible_v<RawLock>);

constinit RawMutex global_raw_mutex;  // needs no code before main

}  // namespace

TEST_CASE("RawMutex: try_lock takes a free lock and no other", "[core][raw_mutex]") {
    CHECK(global_raw_mutex.try_lock());
    CHECK_FALSE(global_raw_mutex.try_lock());
    global_raw_mutex.unlock();

    CHECK(global_raw_mutex.try_lock());
    global_raw_mutex.unlock();
}

TEST_CASE("RawLock: holds the lock until the end of its scope", "[core][raw_mutex]") {
    RawMutex mutex;
    {
        RawLock const lock(mutex);
        CHECK_FALSE(mutex.try_lock());
    }
    CHECK(mutex.try_lock());
    mutex.unlock();
}

TEST_CASE("RawMutex: no increment is lost between threads", "[core][raw_mutex][threads]") {
    constexpr int rounds = 5'000;
    RawMutex mutex;
    int counter = 0;

    on_threads(4, [&](int) {
        for (int i = 0; i < rounds; ++i) {
            RawLock const lock(mutex);
            ++counter;
        }
    });

    CHECK(counter == 4 * rounds);
}

TEST_CASE("RawMutex: try_lock alone protects as well as lock", "[core][raw_mutex][threads]") {
    constexpr int rounds = 2'000;
    RawMutex mutex;
    int counter = 0;

    on_threads(2, [&](int) {
        for (int i = 0; i < rounds;) {
            if (mutex.try_lock()) {
                ++counter;
                mutex.unlock();
                ++i;
            } else {
                std::this_thread::yield();
            }
        }
    });

    CHECK(counter == 2 * rounds);
}

TEST_CASE("RawMutex: every sleeper is woken", "[core][raw_mutex][threads]") {
    constexpr int sleepers = 4;
    RawMutex mutex;
    int counter = 0;
    std::latch at_the_door{sleepers};
    Threads threads;
    mutex.lock();
    for (int i = 0; i < sleepers; ++i) {
        threads.start([&] {
            at_the_door.count_down();
            RawLock const lock(mutex);
            ++counter;
        });
    }
    at_the_door.wait();
    let_them_fall_asleep();

    mutex.unlock();
    threads.join();

    CHECK(counter == sleepers);
}
