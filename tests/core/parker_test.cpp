#include "tandem/core/detail/parker.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/detail/deadline.hpp"

namespace {

using tandem::detail::deadline_after;
using tandem::detail::Parker;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::spin_for;
using tandem::testing::Threads;
using namespace std::chrono_literals;

static_assert(sizeof(Parker) == 4);

}  // namespace

TEST_CASE("Parker: an unpark that comes first is kept", "[core][parker]") {
    Parker parker;
    parker.unpark();

    parker.park();  // returns at once, or this test hangs

    CHECK_FALSE(parker.park_until(deadline_after(0ns)));  // and used it up
}

TEST_CASE("Parker: two unparks count as one", "[core][parker]") {
    Parker parker;
    parker.unpark();
    parker.unpark();

    CHECK(parker.park_until(deadline_after(0ns)));
    CHECK_FALSE(parker.park_until(deadline_after(0ns)));
}

TEST_CASE("Parker: park_until gives up at its deadline, not before", "[core][parker]") {
    Parker parker;
    auto const before = std::chrono::steady_clock::now();

    CHECK_FALSE(parker.park_until(deadline_after(5ms)));

    CHECK(std::chrono::steady_clock::now() - before >= 5ms);
}

TEST_CASE("Parker: after a deadline it is as new", "[core][parker]") {
    Parker parker;
    REQUIRE_FALSE(parker.park_until(deadline_after(0ns)));

    parker.unpark();

    CHECK(parker.park_until(deadline_after(0ns)));
}

TEST_CASE("Parker: a sleeper is woken and sees what was written before",
          "[core][parker][threads]") {
    Parker parker;
    int written = 0;
    int read = 0;
    Threads threads;
    threads.start([&] {
        parker.park();
        read = written;
    });
    let_them_fall_asleep();

    written = 7;
    parker.unpark();
    threads.join();

    CHECK(read == 7);
}

TEST_CASE("Parker: an early unpark shows what was written before", "[core][parker][threads]") {
    Parker parker;
    int written = 0;
    std::atomic<bool> unparked{false};
    Threads threads;
    threads.start([&] {
        written = 7;
        parker.unpark();
        unparked.store(true, std::memory_order_relaxed);  // tells when, and orders nothing
    });
    while (!unparked.load(std::memory_order_relaxed)) {
        std::this_thread::yield();
    }

    parker.park();

    CHECK(written == 7);
}

TEST_CASE("Parker: two threads hand a value back and forth", "[core][parker][threads]") {
    constexpr int rounds = 5'000;
    Parker left;
    Parker right;
    int value = 0;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < rounds; ++i) {
            right.park();
            ++value;
            left.unpark();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        ++value;
        right.unpark();
        left.park();
    }
    threads.join();

    CHECK(value == 2 * rounds);
}

TEST_CASE("Parker: an unpark that meets a deadline is not lost", "[core][parker][threads]") {
    // An unpark that comes just as the time is up counts either for that park or for the next.
    constexpr int rounds = 3'000;
    Parker owner;
    Parker other;
    int value = 0;
    Threads threads;
    threads.start([&] {
        for (int i = 0; i < rounds; ++i) {
            other.park();
            for (int spin = i % 200; spin > 0; --spin) {
                [[maybe_unused]] int const volatile busy = spin;  // kept by the optimiser
            }
            ++value;
            owner.unpark();
        }
    });
    int sum = 0;
    for (int i = 0; i < rounds; ++i) {
        other.unpark();
        while (!owner.park_until(deadline_after(std::chrono::microseconds(i % 20)))) {}
        sum += value - i;  // one more than the rounds before
    }
    threads.join();

    CHECK(sum == rounds);
}

TEST_CASE("Parker: an unpark is not lost while another is being used up",
          "[core][parker][threads]") {
    // Two threads unpark one owner, who looks at both their flags and parks if one is missing.
    constexpr int rounds = 3'000;
    Parker owner;
    std::atomic<int> flags[2] = {0, 0};
    std::atomic<int> round{0};
    Threads threads;
    for (std::atomic<int>& flag : flags) {
        threads.start([&owner, &flag, &round] {
            for (int i = 1; i <= rounds; ++i) {
                while (round.load() < i) {
                    std::this_thread::yield();
                }
                flag.store(i, std::memory_order_relaxed);
                owner.unpark();
            }
        });
    }
    for (int i = 1; i <= rounds; ++i) {
        round.store(i);
        while (flags[0].load(std::memory_order_relaxed) != i ||
               flags[1].load(std::memory_order_relaxed) != i) {
            owner.park();
        }
    }
    threads.join();

    CHECK(round.load() == rounds);
}
