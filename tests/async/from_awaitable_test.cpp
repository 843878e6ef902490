#include "tandem/async/from_awaitable.hpp"

#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/async/as_awaitable.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::async::as_awaitable;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::from_awaitable;
using tandem::async::FromAwaitable;
using tandem::async::Future;
using tandem::async::OutputOf;
using tandem::async::poll_fn;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::testing::Counted;
using tandem::testing::Polled;
using tandem::testing::Threads;

/// Where a foreign coroutine waits, to be resumed by hand.
struct Gate {
    std::coroutine_handle<> waiting{};
    int value = 0;
    bool throws = false;
    bool open = false;

    void resume(int number) {
        value = number;
        std::exchange(waiting, nullptr).resume();
    }
};

struct Awaiter {
    Gate* gate;
    Counted alive{};

    bool await_ready() const noexcept { return gate->open; }
    void await_suspend(std::coroutine_handle<> coroutine) { gate->waiting = coroutine; }
    int await_resume() const {
        if (gate->throws) {
            throw std::runtime_error("foreign");
        }
        return gate->value;
    }
};

struct ByMember {
    Gate* gate;
    Awaiter operator co_await() && { return Awaiter{gate}; }
};
struct ByFunction {
    Gate* gate;
};
Awaiter operator co_await(ByFunction&& awaitable) { return Awaiter{awaitable.gate}; }

struct ForReference : Awaiter {
    int& await_resume() const noexcept { return gate->value; }
};
struct ForVoid : Awaiter {
    void await_resume() const noexcept {}
};
struct ForRvalue : Awaiter {
    std::unique_ptr<int>&& await_resume() noexcept { return std::move(owned); }
    std::unique_ptr<int> owned = std::make_unique<int>(3);
};

static_assert(Future<FromAwaitable<Awaiter>>);
static_assert(!std::is_copy_constructible_v<FromAwaitable<Awaiter>>);
static_assert(std::is_move_constructible_v<FromAwaitable<Awaiter>>);
static_assert(!Send<FromAwaitable<Awaiter>>);  // of a pointer
static_assert(std::is_same_v<OutputOf<FromAwaitable<ByMember>>, int>);
static_assert(std::is_same_v<OutputOf<FromAwaitable<ForReference>>, int&>);
static_assert(std::is_same_v<OutputOf<FromAwaitable<ForRvalue>>, std::unique_ptr<int>>);
static_assert(std::is_void_v<OutputOf<FromAwaitable<ForVoid>>>);

template <class A>
Task<int> ours(A awaitable) {
    auto future = from_awaitable(std::move(awaitable));
    co_return 10 + co_await std::move(future);
}

template <class F>
void finishes_when_resumed(Gate& gate, F future) {
    Polled polled(std::move(future));
    CHECK(polled.poll().is_pending());
    CHECK(polled.take_wakes() == 0);

    gate.resume(5);

    CHECK(polled.take_wakes() == 1);
    CHECK(polled.wakers_alive() == 0);
    CHECK(polled.poll().value() == 5);
}

}  // namespace

TEST_CASE("from_awaitable: nothing begins before the first poll", "[async][from_awaitable]") {
    Gate gate;
    Polled polled(from_awaitable(Awaiter{&gate}));
    CHECK(gate.waiting == nullptr);

    CHECK(polled.poll().is_pending());
    CHECK(gate.waiting != nullptr);

    gate.resume(0);
}

TEST_CASE("from_awaitable: takes an awaiter, a member and a free operator co_await",
          "[async][from_awaitable]") {
    Gate gate;
    finishes_when_resumed(gate, from_awaitable(Awaiter{&gate}));
    finishes_when_resumed(gate, from_awaitable(ByMember{&gate}));
    finishes_when_resumed(gate, from_awaitable(ByFunction{&gate}));
    CHECK(Counted::alive == 0);
}

TEST_CASE("from_awaitable: one that is ready ends in its first poll", "[async][from_awaitable]") {
    Gate gate{.value = 4, .open = true};
    CHECK(block_on(ours(Awaiter{&gate})) == 14);
}

TEST_CASE("from_awaitable: yields nothing, a reference, or what would not outlive the awaiter",
          "[async][from_awaitable]") {
    Gate gate{.open = true};

    block_on(from_awaitable(ForVoid{{&gate}}));
    CHECK(&block_on(from_awaitable(ForReference{{&gate}})) == &gate.value);
    CHECK(*block_on(from_awaitable(ForRvalue{{&gate}})) == 3);
}

TEST_CASE("from_awaitable: an exception comes out of the poll", "[async][from_awaitable]") {
    Gate gate{.throws = true};
    Polled polled(ours(Awaiter{&gate}));
    CHECK(polled.poll().is_pending());

    gate.resume(0);

    CHECK_THROWS_AS(polled.poll(), std::runtime_error);
}

TEST_CASE("from_awaitable: wakes the waker of the last poll", "[async][from_awaitable]") {
    Gate gate;
    auto future = from_awaitable(Awaiter{&gate});
    auto const poll = [&](Context& cx) { return future.poll(cx); };
    Polled first(poll_fn(poll));
    Polled second(poll_fn(poll));
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());
    CHECK(first.wakers_alive() == 0);

    gate.resume(1);

    CHECK(first.take_wakes() == 0);
    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().is_ready());
}

TEST_CASE("from_awaitable: dropped, the awaitable goes on alone", "[async][from_awaitable]") {
    Gate gate;
    Polled polled(from_awaitable(Awaiter{&gate}));
    CHECK(polled.poll().is_pending());

    polled.drop();
    CHECK(Counted::alive == 1);
    gate.resume(1);

    CHECK(Counted::alive == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("from_awaitable: panics if the coroutine is destroyed instead of resumed",
          "[async][from_awaitable]") {
    Gate gate;
    Polled polled(from_awaitable(Awaiter{&gate}));
    CHECK(polled.poll().is_pending());

    std::exchange(gate.waiting, nullptr).destroy();

    CHECK(polled.take_wakes() == 1);
    CHECK_THROWS_AS(polled.poll(), Panic);
    CHECK(Counted::alive == 0);
}

TEST_CASE("from_awaitable: panics when polled after its end", "[async][from_awaitable]") {
    Gate gate{.open = true};
    Polled polled(from_awaitable(Awaiter{&gate}));
    CHECK(polled.poll().is_ready());

    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("from_awaitable: a future that goes through both bridges is the same future",
          "[async][from_awaitable]") {
    auto task = []() -> Task<int> {
        co_await yield_now();
        co_return 6;
    };
    CHECK(block_on(from_awaitable(as_awaitable(task()))) == 6);
}

TEST_CASE("from_awaitable: resumed by another thread", "[async][from_awaitable][threads]") {
    /// Resumes in a thread of its own, as a foreign thread pool does.
    struct OnThread {
        Threads* threads;
        int result;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> coroutine) const {
            threads->start([coroutine] { coroutine.resume(); });
        }
        int await_resume() const noexcept { return result; }
    };
    for (int round = 0; round < 200; ++round) {
        Threads threads;
        REQUIRE(block_on(ours(OnThread{&threads, round})) == 10 + round);
    }
}
