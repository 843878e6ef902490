#include "tandem/rt/detail/idle_workers.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <semaphore>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/sanitizers.hpp"
#include "support/threads.hpp"

using tandem::rt::detail::IdleWorkers;
using tandem::testing::on_threads;
using tandem::testing::spin_for;
using tandem::testing::under_tsan;

TEST_CASE("IdleWorkers: at first all are awake, and none is woken", "[rt][idle_workers]") {
    IdleWorkers idle(3);

    CHECK_FALSE(idle.worker_to_wake().has_value());
    CHECK_FALSE(idle.is_asleep(0));
}

TEST_CASE("IdleWorkers: a sleeper is woken for new work, one at a time", "[rt][idle_workers]") {
    IdleWorkers idle(3);
    CHECK_FALSE(idle.fall_asleep(1, false));
    CHECK_FALSE(idle.fall_asleep(2, false));
    CHECK(idle.is_asleep(1));

    auto const first = idle.worker_to_wake();
    REQUIRE(first.has_value());
    CHECK_FALSE(idle.is_asleep(static_cast<std::uint32_t>(*first)));

    // It is searching now: it will find the next work too, and wakes another when it does.
    CHECK_FALSE(idle.worker_to_wake().has_value());
    CHECK(idle.end_search());
    auto const second = idle.worker_to_wake();
    REQUIRE(second.has_value());
    CHECK(std::set{*first, *second} == std::set<std::size_t>{1, 2});

    CHECK(idle.end_search());
    CHECK_FALSE(idle.worker_to_wake().has_value());  // all are awake
}

TEST_CASE("IdleWorkers: only the last to search looks once more", "[rt][idle_workers]") {
    IdleWorkers idle(4);
    CHECK(idle.begin_search());
    CHECK(idle.begin_search());

    SECTION("when they fall asleep") {
        CHECK_FALSE(idle.fall_asleep(0, true));
        CHECK_FALSE(idle.fall_asleep(1, false));
        CHECK(idle.fall_asleep(2, true));
    }
    SECTION("when they find something") {
        CHECK_FALSE(idle.end_search());
        CHECK(idle.end_search());
    }
}

TEST_CASE("IdleWorkers: at most half of them search", "[rt][idle_workers]") {
    for (auto const& [workers, most] : {std::pair{1U, 1}, {2U, 1}, {3U, 2}, {4U, 2}, {9U, 5}}) {
        IdleWorkers idle(workers);
        int searching = 0;
        while (idle.begin_search()) {
            ++searching;
        }
        CHECK(searching == most);
    }
}

TEST_CASE("IdleWorkers: who wakes up by himself does not search, unless he was woken too",
          "[rt][idle_workers]") {
    IdleWorkers idle(2);
    static_cast<void>(idle.fall_asleep(0, false));
    CHECK(idle.wake_up(0));
    CHECK_FALSE(idle.is_asleep(0));
    CHECK_FALSE(idle.worker_to_wake().has_value());

    static_cast<void>(idle.fall_asleep(0, false));
    CHECK(idle.worker_to_wake() == 0U);
    CHECK_FALSE(idle.wake_up(0));
    CHECK(idle.end_search());
}

TEST_CASE("IdleWorkers: the last to search sees the work for which nobody was woken",
          "[rt][idle_workers][threads]") {
    for (int round = 0; round < 300; ++round) {
        IdleWorkers idle(2);
        REQUIRE_FALSE(idle.fall_asleep(0, false));
        REQUIRE(idle.begin_search());
        int work = 0;  // plain: ThreadSanitizer sees whether it is ordered
        bool woken = false;
        int seen = 0;
        std::atomic<bool> made{false};  // read and written relaxed: orders nothing

        on_threads(2, [&](int thread) {
            if (thread == 0) {
                work = 1;
                woken = idle.worker_to_wake().has_value();
                made.store(true, std::memory_order_relaxed);
                return;
            }
            while (!made.load(std::memory_order_relaxed)) {}
            bool const last = round % 2 == 0 ? idle.fall_asleep(1, true) : idle.end_search();
            seen += last ? work : 0;
        });

        REQUIRE_FALSE(woken);
        REQUIRE(seen == 1);
    }
}

TEST_CASE("IdleWorkers: nothing is overlooked between \"no work\" and \"asleep\"",
          "[rt][idle_workers][threads]") {
    // As the runtime does it: items in a common counter in place of a queue, and a semaphore each
    // to sleep on. One item that nobody is woken for hangs the test.
    constexpr std::uint32_t workers = 3;
    constexpr int producers = 2;
    int const items = under_tsan ? 2'000 : 10'000;
    IdleWorkers idle(workers);
    std::atomic<int> work{0};
    std::atomic<int> consumed{0};
    std::atomic<bool> end{false};
    std::array<std::counting_semaphore<>, workers> beds{
        std::counting_semaphore<>{0}, std::counting_semaphore<>{0}, std::counting_semaphore<>{0}};
    auto const wake_one = [&] {
        if (auto const worker = idle.worker_to_wake()) {
            beds[*worker].release();
        }
    };
    auto const take = [&] {
        int there = work.load(std::memory_order_relaxed);  // orders nothing: IdleWorkers has to
        while (there > 0) {
            if (work.compare_exchange_weak(there, there - 1, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    };

    tandem::testing::Threads threads;
    for (std::uint32_t me = 0; me < workers; ++me) {
        threads.start([&, me] {
            bool searching = false;
            while (!end) {
                bool found = take();
                if (!found && !searching) {
                    searching = idle.begin_search();
                    found = searching && take();
                }
                if (found) {
                    if (std::exchange(searching, false) && idle.end_search()) {
                        wake_one();
                    }
                    consumed.fetch_add(1, std::memory_order_relaxed);
                    continue;
                }
                if (idle.fall_asleep(me, std::exchange(searching, false)) &&
                    work.load(std::memory_order_relaxed) > 0) {
                    wake_one();
                }
                do {
                    beds[me].acquire();
                } while (!end && idle.is_asleep(me));
                searching = true;
            }
        });
    }
    on_threads(producers, [&](int producer) {
        for (int i = 0; i < items; ++i) {
            work.fetch_add(1, std::memory_order_relaxed);
            wake_one();
            // Now and then so long that they fall asleep: all work is done, and waited for.
            if (i % 64 == producer) {
                while (work.load(std::memory_order_relaxed) > 0) {
                    std::this_thread::yield();
                }
            }
            spin_for(i % 100);
        }
    });
    while (consumed.load(std::memory_order_relaxed) < producers * items) {
        std::this_thread::yield();
    }
    end = true;
    for (auto& bed : beds) {
        bed.release(1000);
    }
    threads.join();

    CHECK(consumed == producers * items);
}
