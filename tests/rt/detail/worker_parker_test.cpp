#include "tandem/rt/detail/worker_parker.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "support/catch.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::Clock;
using tandem::rt::detail::Driver;
using tandem::rt::detail::SharedDriver;
using tandem::rt::detail::WorkerParker;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;
using tandem::testing::under_tsan;

TEST_CASE("SharedDriver: only one has it at a time", "[rt][worker_parker]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    CHECK(&shared.get() == &driver);

    CHECK(shared.try_take());
    CHECK_FALSE(shared.try_take());
    shared.give_back();
    CHECK(shared.try_take());
}

TEST_CASE("SharedDriver: each sees what the one before left", "[rt][worker_parker][threads]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    int uses = 0;  // plain: ThreadSanitizer sees it

    on_threads(3, [&](int) {
        for (int n = 0; n < 2'000;) {
            if (shared.try_take()) {
                ++uses;
                ++n;
                shared.give_back();
            }
        }
    });

    CHECK(uses == 6'000);
}

TEST_CASE("WorkerParker: an unpark that comes first is not lost", "[rt][worker_parker]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    WorkerParker parker;
    SECTION("on the driver") {
        parker.unpark(shared);
        parker.unpark(shared);
        parker.park(shared);
    }
    SECTION("on its own") {
        CHECK(shared.try_take());
        parker.unpark(shared);
        parker.park(shared);
        shared.give_back();
    }
    CHECK(shared.try_take());  // it was given back
}

TEST_CASE("WorkerParker: one unpark is used up by one park", "[rt][worker_parker][threads]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    for (bool const on_driver : {true, false}) {
        if (!on_driver) {
            REQUIRE(shared.try_take());
        }
        WorkerParker parker;
        std::atomic<int> parks{0};
        Threads threads;
        threads.start([&] {
            parker.park(shared);
            parks = 1;
            parker.park(shared);
            parks = 2;
        });
        let_them_fall_asleep();
        CHECK(parks == 0);
        parker.unpark(shared);
        while (parks == 0) {
            std::this_thread::yield();
        }
        let_them_fall_asleep();
        CHECK(parks == 1);
        parker.unpark(shared);
        threads.join();
        CHECK(parks == 2);
    }
}

TEST_CASE("WorkerParker: a poll leaves the driver alone that another sleeps on",
          "[rt][worker_parker][threads]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    WorkerParker parker;
    Threads threads;
    threads.start([&] { parker.park(shared); });
    let_them_fall_asleep();

    WorkerParker::poll(shared);

    parker.unpark(shared);
    threads.join();
    CHECK(shared.try_take());
}

TEST_CASE("WorkerParker: all of them sleep, and each is woken with what was written for it",
          "[rt][worker_parker][threads]") {
    // Ball games, one a worker: whoever has the driver is woken by way of it, the others not.
    constexpr int workers = 3;
    int const rounds = under_tsan ? 1'000 : 3'000;
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    struct Side {
        WorkerParker parker;
        int ball = 0;                  // plain: ThreadSanitizer sees it
        std::atomic<int> thrown{0};    // read and written relaxed: orders nothing
        std::atomic<int> returned{0};  // as above
    };
    std::array<Side, workers> sides;

    on_threads(workers + 1, [&](int thread) {
        if (thread < workers) {
            Side& mine = sides[static_cast<std::size_t>(thread)];
            for (int i = 1; i <= rounds; ++i) {
                do {
                    mine.parker.park(shared);
                } while (mine.thrown.load(std::memory_order_relaxed) < i);
                mine.returned.store(i, std::memory_order_release);
            }
            return;
        }
        for (int i = 1; i <= rounds; ++i) {
            for (Side& each : sides) {
                each.ball = i;
                each.thrown.store(i, std::memory_order_relaxed);
                each.parker.unpark(shared);
            }
            for (Side& each : sides) {
                while (each.returned.load(std::memory_order_acquire) < i) {
                    std::this_thread::yield();
                }
            }
        }
    });

    CHECK(sides[0].ball == rounds);
}

TEST_CASE("WorkerParker: what was written before an unpark is seen behind the park",
          "[rt][worker_parker][threads]") {
    Driver driver(Clock::Pausing::refused);
    SharedDriver shared(driver);
    for (int round = 0; round < 300; ++round) {
        bool const on_driver = round % 2 == 0;
        if (!on_driver) {
            REQUIRE(shared.try_take());
        }
        WorkerParker parker;
        int written = 0;
        int seen = 0;
        on_threads(2, [&](int thread) {
            if (thread == 0) {
                if (round % 3 == 0) {
                    std::this_thread::sleep_for(std::chrono::microseconds(100));
                }
                written = 1;
                parker.unpark(shared);
            } else {
                parker.park(shared);
                seen = written;
            }
        });
        REQUIRE(seen == 1);
        if (!on_driver) {
            shared.give_back();
        }
    }
}
