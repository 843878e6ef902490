#include "tandem/async/poll_fn.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Future;
using tandem::async::Poll;
using tandem::async::poll_fn;
using tandem::async::PollFn;
using tandem::async::Task;
using tandem::testing::Counted;
using tandem::testing::Polled;

using Plain = PollFn<Poll<int> (*)(Context&)>;
static_assert(Future<Plain> && std::is_same_v<Plain::Output, int>);
static_assert(Send<Plain>);

auto const borrows = [](int& n) {
    return poll_fn([&n](Context&) { return Poll<int&>::ready(n); });
};
static_assert(!Send<decltype(borrows(std::declval<int&>()))>);  // a lambda with captures

}  // namespace

TEST_CASE("PollFn: each poll calls the function, with the poll's waker", "[async][poll_fn]") {
    int calls = 0;
    Polled polled(poll_fn([&](Context& cx) {
        cx.waker().wake_by_ref();
        return ++calls == 2 ? Poll<int>::ready(calls) : Poll<int>::pending();
    }));
    CHECK(calls == 0);

    CHECK(polled.poll().is_pending());
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.poll().value() == 2);
}

TEST_CASE("PollFn: yields references and values that only move", "[async][poll_fn]") {
    int target = 0;
    Polled reference(borrows(target));
    CHECK(&reference.poll().value() == &target);

    auto owned = std::make_unique<int>(3);
    Polled owner(
        poll_fn([&](Context&) { return Poll<std::unique_ptr<int>>::ready(std::move(owned)); }));
    CHECK(*owner.poll().value() == 3);
}

TEST_CASE("PollFn: a dropped one drops its function", "[async][poll_fn]") {
    Polled polled(poll_fn([counted = Counted()](Context&) { return Poll<void>::pending(); }));
    CHECK(polled.poll().is_pending());
    CHECK(Counted::alive == 1);

    polled.drop();

    CHECK(Counted::alive == 0);
}

TEST_CASE("PollFn: a task awaits it", "[async][poll_fn]") {
    auto task = [](int rounds) -> Task<std::string> {
        auto ticks = poll_fn([rounds](Context& cx) mutable {
            cx.waker().wake_by_ref();
            return --rounds == 0 ? Poll<void>::ready() : Poll<void>::pending();
        });
        co_await std::move(ticks);
        co_return "over";
    };
    CHECK(block_on(task(3)) == "over");
}
