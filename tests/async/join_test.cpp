#include "tandem/async/join.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/manual.hpp"
#include "support/threads.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace tandem::async;
using tandem::Panic;
using tandem::Send;
using tandem::Unit;
using tandem::testing::Manual;
using tandem::testing::Noted;
using tandem::testing::Polled;
using tandem::testing::Threads;
using tandem::testing::Trace;

using Numbers = Join<Ready<int>, Ready<void>, Task<std::string>>;
static_assert(Future<Numbers>);
static_assert(std::is_same_v<Numbers::Output, std::tuple<int, Unit, std::string>>);
static_assert(std::is_nothrow_move_constructible_v<Numbers>);
static_assert(!std::is_copy_constructible_v<Numbers>);
static_assert(Send<Join<Ready<int>, YieldNow>>);
static_assert(!Send<Join<Ready<int>, Task<int>>>);
static_assert(!Send<Join<Ready<int*>>>);
static_assert(std::is_same_v<decltype(join(std::declval<std::reference_wrapper<Task<int>>>())),
                             Join<detail::Borrowed<Task<int>>>>);

Task<int> after_a_turn(int value) {
    co_await yield_now();
    co_return value;
}

int global = 7;
Task<int&> reference() { co_return global; }

}  // namespace

TEST_CASE("Join: it is ready with all outputs in the order of its arguments", "[async][join]") {
    auto const [number, unit, text] =
        block_on(join(after_a_turn(1), yield_now(), ready(std::string("two"))));

    CHECK(number == 1);
    CHECK(unit == Unit{});
    CHECK(text == "two");
}

TEST_CASE("Join: of nothing it is ready at once", "[async][join]") {
    CHECK(block_on(join()) == std::tuple<>{});
}

TEST_CASE("Join: it starts all its futures, and polls again only what is not ready",
          "[async][join]") {
    Manual<int> const first;
    Manual<int> const second;
    Polled polled(join(first.future(), second.future()));

    REQUIRE(polled.poll().is_pending());
    CHECK(first.polls() == 1);
    CHECK(second.polls() == 1);

    first.finish(1);
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());
    REQUIRE(polled.poll().is_pending());
    CHECK(first.polls() == 2);
    CHECK(second.polls() == 3);

    second.finish(2);
    CHECK(polled.finish() == std::tuple(1, 2));
    CHECK(first.polls() == 2);
}

TEST_CASE("Join: a future ends as soon as it is ready", "[async][join]") {
    Trace trace;
    Manual<void> const first(trace, "first");
    Manual<void> const second(trace, "second");
    Polled polled(join(first.future(), second.future()));

    second.finish();
    REQUIRE(polled.poll().is_pending());

    CHECK(trace.take() == std::vector<std::string>{"end second"});
}

TEST_CASE("Join: dropped half-way it ends its futures and leaves no waker", "[async][join]") {
    Manual<int> const first;
    Manual<int> const second;
    Polled polled(join(first.future(), second.future()));
    first.finish(1);
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 1);

    polled.drop();

    CHECK(second.alive() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("Join: an exception comes out, and the others end with the join", "[async][join]") {
    Manual<int> const first;
    Manual<int> const second;
    {
        Polled polled(join(first.future(), second.future()));
        REQUIRE(polled.poll().is_pending());
        second.fail();
        CHECK_THROWS_AS(polled.poll(), std::runtime_error);
    }
    CHECK(first.alive() == 0);
    CHECK(second.alive() == 0);
}

TEST_CASE("Join: outputs may be references, move-only, or have no assignment", "[async][join]") {
    Trace trace;
    {
        auto output = block_on(
            join(reference(), ready(std::make_unique<int>(3)), ready(Noted(trace, "guard"))));
        CHECK(&std::get<0>(output) == &global);
        CHECK(*std::get<1>(output) == 3);
        CHECK(trace.take().empty());
    }
    CHECK(trace.take() == std::vector<std::string>{"end guard"});
}

TEST_CASE("Join: std::ref polls a future in place, which is not ended by it", "[async][join]") {
    Manual<int> const manual;
    auto future = manual.future();
    Polled polled(join(std::ref(future), ready(2)));
    manual.finish(1);

    CHECK(polled.finish() == std::tuple(1, 2));
    CHECK(manual.alive() == 1);
}

TEST_CASE("Join: polled once more after it was ready, it panics", "[async][join]") {
    Polled polled(join(ready(1)));
    CHECK(polled.finish() == std::tuple(1));

    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("Join: in a task it waits for blocks that share what they borrow", "[async][join]") {
    int sum = 0;
    auto add = [&sum](int number) -> Task<void> {
        co_await yield_now();
        sum += number;
    };
    auto task = [](auto& fn) -> Task<int> {
        auto [first, second, third] = co_await join(block(fn, 1), block(fn, 2), after_a_turn(4));
        static_cast<void>(first == second);
        co_return third;
    };
    CHECK(block_on(task(add)) == 4);
    CHECK(sum == 3);
}

TEST_CASE("Join: its futures may be made ready by several threads", "[async][join][threads]") {
    for (int round = 0; round < 300; ++round) {
        Manual<int> const first;
        Manual<int> const second;
        Threads threads;
        threads.start([&] { first.finish(round); });
        threads.start([&] { second.finish(-round); });

        CHECK(block_on(join(first.future(), second.future())) == std::tuple(round, -round));
    }
}
