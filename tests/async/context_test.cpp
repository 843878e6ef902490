#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/semaphore.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/drop.hpp"

namespace async = tandem::async;
using tandem::drop;
using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::detail::Turn;
using tandem::testing::CountingWaker;

static_assert(!std::is_constructible_v<Context, Waker>);  // it would dangle

namespace {

constexpr int budget = 128;

/// One poll with a runtime's budget: how much of it was used, and whether another is asked for.
template <class F>
Turn poll_once(F& future, CountingWaker& counting, bool& ready) {
    Waker const waker = counting.waker();
    Turn turn;
    Context cx(waker, turn);
    ready = future.poll(cx).is_ready();
    return turn;
}

}  // namespace

TEST_CASE("Context: without a runtime nobody counts", "[async][context]") {
    CountingWaker counting;
    Waker const waker = counting.waker();
    Context const cx(waker);
    for (int i = 0; i < 10 * budget; ++i) {
        REQUIRE(cx.poll_proceed());
        cx.made_progress();
    }
    CHECK(counting.wakes() == 0);
    cx.wake_again();
    CHECK(counting.wakes() == 1);
}

TEST_CASE("Context: after so much progress, the task's turn is over", "[async][context]") {
    CountingWaker counting;
    Waker const waker = counting.waker();
    Turn turn;
    Context const cx(waker, turn);
    for (int i = 0; i < budget; ++i) {
        REQUIRE(cx.poll_proceed());
        REQUIRE(cx.poll_proceed());  // to ask costs nothing
        cx.made_progress();
    }
    CHECK_FALSE(turn.again);

    CHECK_FALSE(cx.poll_proceed());
    CHECK(turn.again);  // the runtime polls it again, without a waker's detour
    CHECK(counting.wakes() == 0);
    cx.made_progress();
    CHECK_FALSE(cx.poll_proceed());
}

TEST_CASE("Context: a future inside with a waker of its own uses the same turn",
          "[async][context]") {
    CountingWaker outer_counting;
    CountingWaker inner_counting;
    Waker const outer_waker = outer_counting.waker();
    Waker const inner_waker = inner_counting.waker();
    Turn turn;
    Context const outer(outer_waker, turn);
    Context const inner(inner_waker, outer);
    Context const innermost(inner_waker, inner);
    for (int i = 0; i < budget; ++i) {
        REQUIRE(innermost.poll_proceed());
        (i % 2 == 0 ? inner : innermost).made_progress();
    }

    CHECK_FALSE(inner.poll_proceed());
    CHECK(inner_counting.wakes() == 1);  // it is its own waker that has to be called
    CHECK_FALSE(turn.again);
    CHECK_FALSE(outer.poll_proceed());
    CHECK(turn.again);
    CHECK(outer_counting.wakes() == 0);
}

TEST_CASE("Context: a receiver that always finds something pauses", "[async][context]") {
    auto [tx, rx] = async::mpsc::unbounded_channel<int>();
    for (int i = 0; i < 3 * budget; ++i) {
        REQUIRE(tx.send(i).is_ok());
    }
    int received = 0;
    auto const receive = [](auto& from, int& count) -> Task<> {
        while (true) {
            auto const value = co_await from.recv();
            if (!value) {
                co_return;
            }
            ++count;
        }
    };
    Task<> task = receive(rx, received);
    CountingWaker counting;
    bool ready = false;
    for (int turns = 1; turns <= 3; ++turns) {
        Turn const turn = poll_once(task, counting, ready);
        CHECK_FALSE(ready);
        CHECK(received == turns * budget);
        CHECK(turn.again);
    }
    drop(std::move(tx));
    poll_once(task, counting, ready);
    CHECK(ready);
}

TEST_CASE("Context: locks and permits that are free count, too", "[async][context]") {
    async::Mutex<int> const mutex{0};
    async::Semaphore semaphore{1};
    int rounds = 0;
    auto const loop = [](async::Mutex<int> const& lock, async::Semaphore& permits,
                         int& count) -> Task<> {
        while (count < 1'000) {
            {
                auto guard = co_await lock.lock();
                *guard += 1;
            }
            auto permit = co_await permits.acquire();
            ++count;
        }
    };
    Task<> task = loop(mutex, semaphore, rounds);
    CountingWaker counting;
    bool ready = false;
    int polls = 0;
    for (; !ready; ++polls) {
        Turn const turn = poll_once(task, counting, ready);
        REQUIRE((ready || turn.again || counting.take_wakes() > 0));
    }
    CHECK(polls > 1'000 / budget);
    CHECK(rounds == 1'000);
}

TEST_CASE("Context: in a join, one that uses the turn up keeps no other waiting for ever",
          "[async][context]") {
    auto [tx, rx] = async::mpsc::unbounded_channel<int>();
    for (int i = 0; i < 3 * budget; ++i) {
        REQUIRE(tx.send(i).is_ok());
    }
    drop(std::move(tx));
    auto const receive = [](auto& from) -> Task<int> {
        int count = 0;
        while (true) {
            auto const value = co_await from.recv();
            if (!value) {
                co_return count;
            }
            ++count;
        }
    };
    async::Mutex<int> const mutex{0};
    auto const locks = [](async::Mutex<int> const& lock) -> Task<int> {
        auto const guard = co_await lock.lock();
        co_return 7;
    };
    auto both = async::join(receive(rx), locks(mutex));
    CountingWaker counting;
    Waker const waker = counting.waker();
    bool ready = false;
    int polls = 0;
    for (; !ready && polls < 100; ++polls) {
        Turn turn;
        Context cx(waker, turn);
        ready = both.poll(cx).is_ready();
        REQUIRE((ready || turn.again || counting.take_wakes() > 0));
    }
    CHECK(ready);
    CHECK(polls >= 3);
}
