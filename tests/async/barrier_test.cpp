#include "tandem/async/barrier.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::async::Barrier;
using tandem::async::BarrierWait;
using tandem::async::BarrierWaitResult;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::WakerVTable;
using tandem::testing::on_threads;
using tandem::testing::Polled;

[[maybe_unused]] constinit Barrier global{3};

static_assert(!std::is_copy_constructible_v<Barrier> && !std::is_move_constructible_v<Barrier>);
static_assert(!std::is_convertible_v<std::size_t, Barrier>);
static_assert(Send<Barrier> && Sync<Barrier>);
static_assert(Send<BarrierWaitResult> && Sync<BarrierWaitResult>);
static_assert(!Send<BarrierWait>);  // it borrows its barrier

template <class B>
concept WaitsAtTemporary = requires { B(1).wait(); };
static_assert(!WaitsAtTemporary<Barrier>);

}  // namespace

TEST_CASE("Barrier (async): for one task, or none, it is no obstacle", "[async][barrier]") {
    Barrier const barrier{GENERATE(as<std::size_t>(), 0, 1)};

    CHECK(Polled(barrier.wait()).poll().value().is_leader());
    CHECK(block_on(barrier.wait()).is_leader());
}

TEST_CASE("Barrier (async): the last who comes wakes the others, and leads", "[async][barrier]") {
    Barrier const barrier{3};
    for (int round = 0; round < 2; ++round) {
        Polled first(barrier.wait());
        Polled second(barrier.wait());
        Polled third(barrier.wait());
        CHECK(first.poll().is_pending());
        CHECK(first.poll().is_pending());  // counted once
        CHECK(second.poll().is_pending());
        CHECK(first.take_wakes() == 0);

        CHECK(third.poll().value().is_leader());

        CHECK(first.take_wakes() == 1);
        CHECK(second.take_wakes() == 1);
        CHECK(first.wakers_alive() == 0);
        CHECK_FALSE(first.poll().value().is_leader());
        CHECK_FALSE(second.poll().value().is_leader());
        CHECK_THROWS_AS(static_cast<void>(first.poll()), Panic);
    }
}

TEST_CASE("Barrier (async): who is dropped while waiting never came", "[async][barrier]") {
    Barrier const barrier{2};
    {
        auto const gone = std::make_unique<Polled<BarrierWait>>(barrier.wait());
        CHECK(gone->poll().is_pending());
        gone->drop();
        CHECK(gone->wakers_alive() == 0);
    }

    Polled first(barrier.wait());
    CHECK(first.poll().is_pending());
    CHECK(Polled(barrier.wait()).poll().value().is_leader());
    CHECK(first.take_wakes() == 1);
}

TEST_CASE("Barrier (async): who is dropped after his round does not count in the next",
          "[async][barrier]") {
    Barrier const barrier{2};
    Polled first(barrier.wait());
    CHECK(first.poll().is_pending());
    CHECK(Polled(barrier.wait()).poll().is_ready());
    first.drop();

    Polled next(barrier.wait());
    CHECK(next.poll().is_pending());
    CHECK(Polled(barrier.wait()).poll().is_ready());
    CHECK(next.take_wakes() == 1);
}

TEST_CASE("Barrier (async): more than are woken at once", "[async][barrier]") {
    Barrier const barrier{71};
    std::deque<Polled<BarrierWait>> waits;
    for (int i = 0; i < 70; ++i) {
        waits.emplace_back(barrier.wait());
        CHECK(waits.back().poll().is_pending());
    }

    CHECK(Polled(barrier.wait()).poll().value().is_leader());

    for (auto& wait : waits) {
        CHECK(wait.take_wakes() == 1);
        CHECK_FALSE(wait.poll().value().is_leader());
    }
}

TEST_CASE("Barrier (async): who comes from within a wake-up is in the next round",
          "[async][barrier]") {
    struct Again {
        Barrier barrier{41};
        std::optional<Polled<BarrierWait>> next;

        static void const* clone(void const* data) noexcept { return data; }
        static void drop(void const*) noexcept {}
        static void wake(void const* data) noexcept {
            auto& self = *static_cast<Again*>(const_cast<void*>(data));
            if (!self.next) {
                self.next.emplace(self.barrier.wait());
                static_cast<void>(self.next->poll());
            }
        }
    } again;
    static constexpr WakerVTable functions{.clone = &Again::clone,
                                           .wake = &Again::wake,
                                           .wake_by_ref = &Again::wake,
                                           .drop = &Again::drop};
    Waker const waker(&again, functions);
    Context cx(waker);
    std::deque<BarrierWait> waits;
    for (int i = 0; i < 41; ++i) {  // more than are woken at once
        waits.push_back(again.barrier.wait());
        CHECK(waits.back().poll(cx).is_ready() == (i == 40));
    }

    REQUIRE(again.next);
    CHECK(again.next->take_wakes() == 0);
    CHECK(again.next->poll().is_pending());
}

TEST_CASE("Barrier (async): it is polled with another waker", "[async][barrier]") {
    Barrier const barrier{2};
    auto wait = barrier.wait();
    tandem::testing::CountingWaker old_counts;
    tandem::testing::CountingWaker new_counts;
    {
        Waker const waker = old_counts.waker();
        Context cx(waker);
        CHECK(wait.poll(cx).is_pending());
    }
    Waker const waker = new_counts.waker();
    Context cx(waker);
    CHECK(wait.poll(cx).is_pending());
    CHECK(old_counts.alive() == 0);

    CHECK(Polled(barrier.wait()).poll().is_ready());

    CHECK(new_counts.wakes() == 1);
}

namespace {

Task<void> rounds_of(Barrier const& barrier, std::vector<int>& written, std::size_t i, int rounds,
                     std::atomic<int>& leaders, std::atomic<int>& wrong) {
    for (int round = 1; round <= rounds; ++round) {
        written[i] = round;
        auto const result = co_await barrier.wait();
        leaders += result.is_leader() ? 1 : 0;
        for (int const number : written) {
            wrong += number == round ? 0 : 1;
        }
        co_await barrier.wait();  // nobody writes again before all have read
    }
}

}  // namespace

TEST_CASE("Barrier (async): one leader a round, and each sees what all did before",
          "[async][barrier][threads]") {
    constexpr int tasks = 3;
    constexpr int rounds = 1'000;
    Barrier const barrier{tasks};
    std::atomic<int> leaders{0};
    std::atomic<int> wrong{0};
    std::vector<int> written(tasks, 0);  // not atomic: the barrier orders them

    on_threads(tasks, [&](int i) {
        block_on(rounds_of(barrier, written, static_cast<std::size_t>(i), rounds, leaders, wrong));
    });

    CHECK(wrong == 0);
    CHECK(leaders == rounds);
}

TEST_CASE("Barrier (async): more tasks than it counts pass in rounds",
          "[async][barrier][threads]") {
    constexpr int visits = 8'000;
    Barrier const barrier{2};
    std::atomic<int> begun{0};
    std::atomic<int> leaders{0};

    on_threads(4, [&](int) {
        while (begun.fetch_add(1) < visits) {  // an even number: nobody is left over
            leaders += block_on(barrier.wait()).is_leader() ? 1 : 0;
        }
    });

    CHECK(leaders == visits / 2);
}
