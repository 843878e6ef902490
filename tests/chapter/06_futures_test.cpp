#include <atomic>
#include <concepts>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/task.hpp"

namespace {

namespace async = tandem::async;
using async::Context;
using async::Poll;
using async::Task;
using tandem::testing::Polled;
using tandem::testing::Trace;

/// The chapter's SimpleFuture: a state machine that is polled to its end.
class Countdown {
public:
    using Output = std::string;

    Countdown(int from, Trace& trace) : left_(from), trace_(&trace) {}

    Poll<Output> poll(Context& cx) {
        trace_->note("poll " + std::to_string(left_));
        if (left_ == 0) {
            return Poll<Output>::ready("lift-off");
        }
        --left_;
        cx.waker().wake_by_ref();
        return Poll<Output>::pending();
    }

private:
    int left_;
    Trace* trace_;
};

static_assert(async::Future<Countdown>);
static_assert(!async::Future<int> && !async::Future<std::string>);
static_assert(std::same_as<async::OutputOf<Countdown>, std::string>);

// async fn simple_async() -> i32 returns impl Future<Output = i32>
Task<int> simple_async() { co_return 42; }
static_assert(async::Future<decltype(simple_async())>);
static_assert(std::same_as<async::OutputOf<Task<int>>, int>);

}  // namespace

TEST_CASE("SimpleFuture: it is polled until it is ready, and woken before each poll",
          "[06_futures]") {
    Trace trace;
    Polled countdown{Countdown(2, trace)};

    CHECK(countdown.poll().is_pending());
    CHECK(countdown.take_wakes() == 1);
    CHECK(countdown.poll().is_pending());
    CHECK(countdown.take_wakes() == 1);
    CHECK(countdown.poll().value() == "lift-off");
    CHECK(countdown.take_wakes() == 0);

    CHECK(trace.take() == std::vector<std::string>{"poll 2", "poll 1", "poll 0"});
}

TEST_CASE("simple_async: it is a future of its return value", "[06_futures]") {
    CHECK(async::block_on(simple_async()) == 42);
}

TEST_CASE("a future does nothing until it is polled", "[06_futures]") {
    Trace trace;
    auto make = [](Trace& t) -> Task<void> {
        t.note("runs");
        co_return;
    };

    Polled task{make(trace)};
    CHECK(trace.take().empty());

    CHECK(task.poll().is_ready());
    CHECK(trace.take() == std::vector<std::string>{"runs"});
}

TEST_CASE("async/await is sugar: a coroutine awaits a future written by hand", "[06_futures]") {
    Trace trace;
    auto launch = [](Trace& t) -> Task<std::string> {
        std::string said = co_await Countdown(1, t);
        co_return said + "!";
    };

    CHECK(async::block_on(launch(trace)) == "lift-off!");
    CHECK(trace.take() == std::vector<std::string>{"poll 1", "poll 0"});
}

TEST_CASE("a future does not know its executor: the same one runs under two", "[06_futures]") {
    Trace trace;

    CHECK(async::block_on(Countdown(1, trace)) == "lift-off");
    CHECK(Polled{Countdown(1, trace)}.finish() == "lift-off");

    CHECK(trace.take() == std::vector<std::string>{"poll 1", "poll 0", "poll 1", "poll 0"});
}

TEST_CASE("block_on sleeps until another thread calls the waker", "[06_futures]") {
    std::atomic<bool> ready{false};
    std::thread other;
    auto once_woken = [&](Context& cx) {
        if (!other.joinable()) {
            other = std::thread([&ready, waker = cx.waker().clone()]() mutable {
                ready = true;
                waker.wake();
            });
            return Poll<int>::pending();
        }
        return ready ? Poll<int>::ready(7) : Poll<int>::pending();
    };
    class ByHand {
    public:
        using Output = int;
        explicit ByHand(decltype(once_woken)& fn) : fn_(&fn) {}
        Poll<int> poll(Context& cx) { return (*fn_)(cx); }

    private:
        decltype(once_woken)* fn_;
    };

    CHECK(async::block_on(ByHand(once_woken)) == 7);
    other.join();
}
