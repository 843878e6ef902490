#include "tandem/sync/barrier.hpp"

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::Sync;
using tandem::sync::Barrier;
using tandem::sync::BarrierWaitResult;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;

static_assert(!std::is_copy_constructible_v<Barrier> && !std::is_move_constructible_v<Barrier>);
static_assert(!std::is_convertible_v<std::size_t, Barrier>);
static_assert(Send<Barrier> && Sync<Barrier>);
static_assert(Send<BarrierWaitResult> && Sync<BarrierWaitResult>);

}  // namespace

TEST_CASE("Barrier: for one thread, or none, it is no obstacle", "[sync][barrier]") {
    Barrier const barrier{GENERATE(as<std::size_t>(), 0, 1)};

    CHECK(barrier.wait().is_leader());
    CHECK(barrier.wait().is_leader());
}

TEST_CASE("Barrier: nobody passes before the last has come", "[sync][barrier][threads]") {
    Barrier const barrier{3};
    std::atomic<int> passed{0};
    Threads threads;
    for (int i = 0; i < 2; ++i) {
        threads.start([&] {
            barrier.wait();
            ++passed;
        });
    }
    let_them_fall_asleep();
    CHECK(passed == 0);

    barrier.wait();  // wakes both, who sleep by now
    threads.join();

    CHECK(passed == 2);
}

TEST_CASE("Barrier: one leader a round, and each sees what all did before",
          "[sync][barrier][threads]") {
    constexpr int threads = 3;
    constexpr int rounds = 1'000;
    Barrier const barrier{threads};
    std::atomic<int> leaders{0};
    std::atomic<int> wrong{0};
    std::vector<int> written(threads, 0);  // not atomic: the barrier orders them

    on_threads(threads, [&](int i) {
        for (int round = 1; round <= rounds; ++round) {
            written[static_cast<std::size_t>(i)] = round;
            leaders += barrier.wait().is_leader() ? 1 : 0;
            for (int const number : written) {
                wrong += number == round ? 0 : 1;
            }
            barrier.wait();  // nobody writes again before all have read
        }
    });

    CHECK(wrong == 0);
    CHECK(leaders == rounds);
}

TEST_CASE("Barrier: more threads than it counts pass in rounds", "[sync][barrier][threads]") {
    constexpr int visits = 8'000;
    Barrier const barrier{2};
    std::atomic<int> begun{0};
    std::atomic<int> leaders{0};

    on_threads(4, [&](int) {
        while (begun.fetch_add(1) < visits) {  // an even number: nobody is left over
            leaders += barrier.wait().is_leader() ? 1 : 0;
        }
    });

    CHECK(leaders == visits / 2);
}
