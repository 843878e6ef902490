#include "tandem/sync/once.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::sync::Once;
using tandem::sync::OnceState;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;

static_assert(!std::is_copy_constructible_v<Once> && !std::is_move_constructible_v<Once>);
static_assert(Send<Once> && Sync<Once>);

constinit Once global_once;  // needs no code before main

void fail() { throw std::runtime_error("not this time"); }

}  // namespace

TEST_CASE("Once: calls the first function only", "[sync][once]") {
    int calls = 0;
    CHECK_FALSE(global_once.is_completed());

    global_once.call_once([&](int n) { calls += n; }, 1);
    global_once.call_once([&] { calls += 10; });
    global_once.call_once_force([&](OnceState) { calls += 100; });

    CHECK(calls == 1);
    CHECK(global_once.is_completed());
    global_once.wait();  // returns at once
}

TEST_CASE("Once: passes on what cannot be copied", "[sync][once]") {
    Once const once;
    int got = 0;

    once.call_once([&](std::unique_ptr<int> p) { got = *p; }, std::make_unique<int>(7));

    CHECK(got == 7);
}

TEST_CASE("Once: a function that throws poisons it for call_once", "[sync][once]") {
    Once const once;

    CHECK_THROWS_AS(once.call_once(fail), std::runtime_error);

    CHECK_FALSE(once.is_completed());
    int calls = 0;
    CHECK_THROWS_AS(once.call_once([&] { ++calls; }), Panic);
    CHECK_THROWS_AS(once.call_once([&] { ++calls; }), Panic);  // and it stays so
    CHECK(calls == 0);
}

TEST_CASE("Once: call_once_force takes up what failed", "[sync][once]") {
    Once const once;
    bool poisoned_at_first = true;
    CHECK_THROWS_AS(once.call_once_force([&](OnceState state) {
        poisoned_at_first = state.is_poisoned();
        fail();
    }),
                    std::runtime_error);

    bool poisoned_then = false;
    once.call_once_force([&](OnceState state) { poisoned_then = state.is_poisoned(); });

    CHECK_FALSE(poisoned_at_first);
    CHECK(poisoned_then);
    CHECK(once.is_completed());
    int calls = 0;
    once.call_once([&] { ++calls; });  // no panic any more, and no call
    CHECK(calls == 0);
}

TEST_CASE("Once: of many threads one calls, the others wait and see what it did",
          "[sync][once][threads]") {
    for (int round = 0; round < 300; ++round) {
        Once const once;
        int value = 0;  // not atomic: the Once orders it
        std::atomic<int> wrong{0};

        on_threads(4, [&](int) {
            once.call_once([&] { ++value; });
            wrong += value == 1 ? 0 : 1;
        });

        REQUIRE(wrong == 0);
    }
}

TEST_CASE("Once: sleepers are woken when it has happened", "[sync][once][threads]") {
    Once const once;
    int value = 0;
    std::atomic<int> seen{0};
    std::latch inside{2};
    Threads threads;
    threads.start([&] {
        once.call_once([&] {
            inside.arrive_and_wait();
            let_them_fall_asleep();
            value = 5;
        });
    });
    inside.arrive_and_wait();
    threads.start([&] {
        once.call_once([] {});
        seen += value;
    });
    threads.start([&] {
        once.wait();
        seen += value;
    });
    threads.start([&] {
        while (!once.is_completed()) {
            std::this_thread::yield();
        }
        seen += value;
    });
    threads.join();

    CHECK(seen == 15);
}

TEST_CASE("Once: a sleeper goes on when the attempt it waited for fails", "[sync][once][threads]") {
    Once const once;
    int left_behind = 0;  // written by the attempt that fails, read by the next
    std::latch inside{2};
    std::atomic<int> seen{0};
    Threads threads;
    threads.start([&] {
        try {
            once.call_once([&] {
                inside.arrive_and_wait();
                let_them_fall_asleep();
                left_behind = 5;
                fail();
            });
        } catch (std::runtime_error const&) { return; }
    });
    inside.arrive_and_wait();
    threads.start([&] { once.wait(); });
    threads.start([&] { once.call_once_force([&](OnceState) { seen += left_behind; }); });
    threads.join();

    CHECK(seen == 5);
    CHECK(once.is_completed());
}

TEST_CASE("Once: a call_once that sleeps until an attempt fails panics", "[sync][once][threads]") {
    Once const once;
    std::latch inside{2};
    std::atomic<int> panics{0};
    Threads threads;
    threads.start([&] {
        try {
            once.call_once([&] {
                inside.arrive_and_wait();
                let_them_fall_asleep();
                fail();
            });
        } catch (std::runtime_error const&) { return; }
    });
    inside.arrive_and_wait();
    for (int i = 0; i < 2; ++i) {
        threads.start([&] {
            try {
                once.call_once([] {});
            } catch (Panic const&) { ++panics; }
        });
    }
    threads.join();

    CHECK(panics == 2);
}

TEST_CASE("Once: attempts come one after the other, and see what those that failed did",
          "[sync][once][threads]") {
    constexpr int rounds = 20'000;
    Once const once;
    int attempts = 0;  // not atomic: the Once orders them

    on_threads(3, [&](int) {
        for (int n = 0; n < rounds; ++n) {
            try {
                once.call_once_force([&](OnceState) {
                    ++attempts;
                    throw n;
                });
            } catch (int) {}
        }
    });

    CHECK(attempts == 3 * rounds);
}
