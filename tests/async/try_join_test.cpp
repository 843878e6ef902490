#include "tandem/async/try_join.hpp"

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
#include "tandem/async/block_on.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace tandem::async;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::Send;
using tandem::Unit;
using tandem::testing::Manual;
using tandem::testing::Polled;
using tandem::testing::Threads;

using Number = Result<int, std::string>;
using Nothing = Result<void, std::string>;
using Both = TryJoin<Ready<Number>, Ready<Nothing>>;
static_assert(Future<Both>);
static_assert(std::is_same_v<Both::Output, Result<std::tuple<int, Unit>, std::string>>);
static_assert(Send<Both>);
static_assert(!Send<TryJoin<Ready<Number>, Task<Number>>>);
static_assert(!std::is_copy_constructible_v<TryJoin<Task<Number>>>);
static_assert(std::is_nothrow_move_constructible_v<TryJoin<Task<Number>>>);

Task<Number> positive(int number) {
    co_await yield_now();
    if (number <= 0) {
        co_return Err(std::string("not positive"));
    }
    co_return number;
}
Task<Nothing> done() { co_return Ok(); }

}  // namespace

TEST_CASE("TryJoin: with no error it is ready with all values, in order", "[async][try_join]") {
    auto const values = block_on(try_join(positive(1), done(), positive(3))).unwrap();

    CHECK(values == std::tuple(1, Unit{}, 3));
}

TEST_CASE("TryJoin: the first error ends it at once, and the other futures with it",
          "[async][try_join]") {
    Manual<Number> const first;
    Manual<Number> const second;
    Manual<Number> const third;
    Polled polled(try_join(first.future(), second.future(), third.future()));
    REQUIRE(polled.poll().is_pending());
    first.finish(1);
    REQUIRE(polled.poll().is_pending());
    CHECK(first.alive() == 0);

    second.finish(Err(std::string("broken")));
    auto const result = polled.finish();

    CHECK(result.is_err());
    CHECK(result.error() == "broken");
    CHECK(third.polls() == 2);  // not asked again once the error was there
    CHECK(third.alive() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("TryJoin: only what is not ready is polled again", "[async][try_join]") {
    Manual<Number> const first;
    Manual<Number> const second;
    Polled polled(try_join(first.future(), second.future()));
    first.finish(1);
    REQUIRE(polled.poll().is_pending());
    second.finish(2);

    CHECK(polled.finish().unwrap() == std::tuple(1, 2));
    CHECK(first.polls() == 1);
}

TEST_CASE("TryJoin: in a task, co_await of what it gives is the ? of Rust", "[async][try_join]") {
    auto const sum = [](int a, int b) -> Task<Number> {
        auto both = co_await try_join(positive(a), positive(b));
        auto [first, second] = co_await std::move(both);
        co_return first + second;
    };
    CHECK(block_on(sum(1, 2)).unwrap() == 3);
    CHECK(block_on(sum(1, -2)).unwrap_err() == "not positive");
}

TEST_CASE("TryJoin: values and errors may be move-only", "[async][try_join]") {
    using Owned = Result<std::unique_ptr<int>, std::unique_ptr<int>>;
    auto values = block_on(
        try_join(ready(Owned(std::make_unique<int>(1))), ready(Owned(std::make_unique<int>(2)))));
    CHECK(*std::get<1>(values.unwrap()) == 2);

    auto error = block_on(try_join(ready(Owned(std::make_unique<int>(1))),
                                   ready(Owned(Err(std::make_unique<int>(3))))));
    CHECK(*error.unwrap_err() == 3);
}

TEST_CASE("TryJoin: values may be references", "[async][try_join]") {
    int number = 5;
    using Reference = Result<int&, std::string>;

    auto values = block_on(try_join(ready(Reference(number)), ready(Number(1)))).unwrap();

    CHECK(&std::get<0>(values) == &number);
}

TEST_CASE("TryJoin: dropped half-way it ends its futures and leaves no waker",
          "[async][try_join]") {
    Manual<Number> const first;
    Manual<Number> const second;
    Polled polled(try_join(first.future(), second.future()));
    REQUIRE(polled.poll().is_pending());

    polled.drop();

    CHECK(first.alive() + second.alive() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("TryJoin: an exception comes out, and polled once more after the end it panics",
          "[async][try_join]") {
    Manual<Number> const manual;
    Polled failed(try_join(manual.future()));
    manual.fail();
    CHECK_THROWS_AS(failed.poll(), std::runtime_error);

    Polled over(try_join(ready(Number(1))));
    CHECK(over.finish().is_ok());
    CHECK_THROWS_AS(over.poll(), Panic);
}

TEST_CASE("TryJoin: its futures may end on several threads", "[async][try_join][threads]") {
    for (int round = 0; round < 300; ++round) {
        Manual<Number> const first;
        Manual<Number> const second;
        Threads threads;
        threads.start([&] { first.finish(round); });
        threads.start([&] { second.finish(Err(std::string("broken"))); });

        CHECK(block_on(try_join(first.future(), second.future())).is_err());
    }
}
