#include "tandem/core/detail/futex.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <latch>
#include <thread>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/detail/deadline.hpp"

namespace {

using tandem::detail::deadline_after;
using tandem::detail::futex_wait;
using tandem::detail::futex_wait_until;
using tandem::detail::futex_wake_all;
using tandem::detail::futex_wake_one;
using tandem::detail::FutexWord;
using tandem::detail::never;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::Threads;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("futex: a wait for another value than the word has returns at once", "[core][futex]") {
    FutexWord word{1};

    futex_wait(word, 0);  // or this test hangs
    CHECK(futex_wait_until(word, 0, never));
    CHECK(futex_wait_until(word, 0, deadline_after(1h)));
}

TEST_CASE("futex: a wait ends at its deadline, not before", "[core][futex]") {
    FutexWord word{0};
    auto const before = std::chrono::steady_clock::now();
    auto const deadline = deadline_after(5ms);

    while (futex_wait_until(word, 0, deadline)) {}  // true: woken for no reason

    CHECK(std::chrono::steady_clock::now() - before >= 5ms);
}

TEST_CASE("futex: a deadline that has passed does not wait", "[core][futex]") {
    FutexWord word{0};

    while (futex_wait_until(word, 0, tandem::detail::Deadline{0})) {}
    while (futex_wait_until(word, 0, deadline_after(-1h))) {}
    SUCCEED("both returned");
}

TEST_CASE("futex: errno stays as it was", "[core][futex]") {
    FutexWord word{0};
    errno = 42;

    futex_wait(word, 1);
    while (futex_wait_until(word, 0, deadline_after(1us))) {}
    futex_wake_one(word);
    futex_wake_all(word);

    CHECK(errno == 42);
}

TEST_CASE("futex: wake_all wakes sleepers of both kinds", "[core][futex][threads]") {
    FutexWord word{0};
    std::latch at_the_bed{4};
    Threads threads;
    for (int i = 0; i < 4; ++i) {
        threads.start([&, i] {
            at_the_bed.count_down();
            while (word.load() == 0) {
                if (i % 2 == 0) {
                    futex_wait(word, 0);
                } else {
                    futex_wait_until(word, 0, deadline_after(1h));
                }
            }
        });
    }
    at_the_bed.wait();
    let_them_fall_asleep();

    word.store(1);
    futex_wake_all(word);
    threads.join();

    CHECK(word.load() == 1);
}

TEST_CASE("futex: wake_one wakes a sleeper, with a deadline or without", "[core][futex][threads]") {
    FutexWord word{0};
    bool with_deadline = false;
    SECTION("without") { with_deadline = false; }
    SECTION("with") { with_deadline = true; }
    Threads threads;
    threads.start([&word, with_deadline] {
        while (word.load() == 0) {
            futex_wait_until(word, 0, with_deadline ? deadline_after(1h) : never);
        }
    });
    let_them_fall_asleep();

    word.store(1);
    futex_wake_one(word);
    threads.join();

    CHECK(word.load() == 1);
}

TEST_CASE("futex: two threads that wait for each other lose no wake-up", "[core][futex][threads]") {
    constexpr std::uint32_t rounds = 5'000;
    FutexWord turn{0};
    auto const play = [&turn](std::uint32_t mine) {
        for (std::uint32_t n = mine; n < rounds; n += 2) {
            for (std::uint32_t now = turn.load(); now != n; now = turn.load()) {
                // With and without a deadline in turn: a platform may do the two differently.
                futex_wait_until(turn, now, n % 4 < 2 ? never : deadline_after(1h));
            }
            turn.store(n + 1);
            futex_wake_one(turn);
        }
    };
    Threads threads;
    threads.start([&play] { play(1); });
    play(0);
    threads.join();

    CHECK(turn.load() == rounds);
}
