#include "tandem/async/future.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"

namespace {

using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Future;
using tandem::async::OutputOf;
using tandem::async::Poll;
using tandem::async::ready;
using tandem::async::Ready;
using tandem::async::Task;
using tandem::testing::Polled;

/// Written by hand: ready at its third poll.
class Countdown {
public:
    using Output = std::string;

    Countdown() {}

    Poll<std::string> poll(Context& cx) {
        if (--left_ > 0) {
            cx.waker().wake_by_ref();
            return Poll<std::string>::pending();
        }
        return Poll<std::string>::ready("lift-off");
    }

private:
    int left_ = 3;
};

struct NoOutput {
    Poll<int> poll(Context& cx);
};
struct OtherOutput {
    using Output = long;
    Poll<int> poll(Context& cx);
};
struct PolledByNothing {
    using Output = int;
    Poll<int> poll();
};

static_assert(Future<Countdown> && Future<Countdown&> && Future<Countdown&&>);
static_assert(Future<std::reference_wrapper<Countdown>>);
static_assert(Future<Task<int>> && Future<Ready<void>>);
static_assert(!Future<NoOutput> && !Future<OtherOutput> && !Future<PolledByNothing>);
static_assert(!Future<int> && !Future<std::reference_wrapper<int>> && !Future<Countdown*>);
static_assert(std::is_same_v<OutputOf<Countdown>, std::string>);
static_assert(std::is_same_v<OutputOf<std::reference_wrapper<Countdown>>, std::string>);
static_assert(std::is_same_v<OutputOf<Task<int&>>, int&>);

Task<std::string> twice_by_reference(Countdown& countdown) {
    co_return co_await std::ref(countdown);
}

}  // namespace

TEST_CASE("Future: one written by hand is polled until it is ready", "[async][future]") {
    Polled polled{Countdown()};

    CHECK(polled.poll().is_pending());
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().value() == "lift-off");
}

TEST_CASE("Future: a task awaits it, by value or in place", "[async][future]") {
    auto by_value = [](Countdown countdown) -> Task<std::string> {
        co_return co_await std::move(countdown);
    };
    Countdown in_place;

    CHECK(block_on(by_value(Countdown())) == "lift-off");
    CHECK(block_on(twice_by_reference(in_place)) == "lift-off");
}

TEST_CASE("Future: std::ref leaves it where it is, to be polled on", "[async][future]") {
    Countdown countdown;
    {
        Polled polled(twice_by_reference(countdown));
        CHECK(polled.poll().is_pending());
    }  // the task is dropped, the future is not

    Polled polled(twice_by_reference(countdown));
    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().value() == "lift-off");
}

TEST_CASE("Future: an lvalue that may be copied is copied", "[async][future]") {
    Countdown const original;

    CHECK(block_on(original) == "lift-off");
    CHECK(block_on(original) == "lift-off");
}
