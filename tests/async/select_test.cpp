#include "tandem/async/select.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/manual.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/pending.hpp"
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

using Plain = Select<Ready<int>, Ready<void>, Task<int>>;
static_assert(Future<Plain>);
static_assert(std::is_same_v<Plain::Output, Selected<int, void, int>>);
static_assert(std::is_nothrow_move_constructible_v<Plain>);
static_assert(!std::is_copy_constructible_v<Plain>);
static_assert(Send<Select<Ready<int>, Ready<void>>> && !Send<Plain>);

constexpr auto twice = [](int n) { return 2 * n; };
constexpr auto none = [] { return 0; };
using Handled = decltype(select(on(ready(1), twice), on(ready(), none)));
static_assert(Future<Handled>);
static_assert(std::is_same_v<Handled::Output, int>);
static_assert(std::is_move_constructible_v<Handled>);
static_assert(Send<Handled>);
static_assert(!Send<decltype(select(on(ready(1), [p = &std::declval<int&>](int n) {
    return p != nullptr ? n : 0;
})))>);

Task<int> after_a_turn(int value) {
    co_await yield_now();
    co_return value;
}

}  // namespace

TEST_CASE("Select: it tells which was the first, and its value", "[async][select]") {
    auto const number = block_on(select(pending<std::string>(), ready(5), pending()));
    CHECK(number.index() == 1);
    CHECK(number.get<1>() == 5);
    CHECK_THROWS_AS(number.get<0>(), Panic);

    auto const nothing = block_on(select(pending<int>(), yield_now()));
    CHECK(nothing.index() == 1);
    CHECK(nothing.get<1>() == Unit{});
}

TEST_CASE("Select: the futures are dropped before the value is handed over", "[async][select]") {
    Trace trace;
    Manual<int> const first(trace, "first");
    Manual<int> const second(trace, "second");
    Polled polled(select(first.future(), second.future()));
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 2);

    second.finish(1);
    CHECK(polled.take_wakes() == 1);
    auto const selected = polled.finish();

    CHECK(trace.take() == std::vector<std::string>{"end first", "end second"});
    CHECK(polled.wakers_alive() == 0);
    CHECK(selected.index() == 1);
    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("Select: those that come after the first are not polled", "[async][select]") {
    Manual<int> const second;
    CHECK(block_on(select_biased(ready(1), second.future())).index() == 0);
    CHECK(second.polls() == 0);
}

TEST_CASE("Select: of those that are ready at once, each is the first about equally often",
          "[async][select]") {
    int firsts[3] = {};
    for (int i = 0; i < 3'000; ++i) {
        ++firsts[block_on(select(ready(), ready(), ready())).index()];
    }
    for (int const count : firsts) {
        CHECK(count > 700);
        CHECK(count < 1'300);
    }
}

TEST_CASE("Select: select_biased takes the one that stands first", "[async][select]") {
    for (int i = 0; i < 100; ++i) {
        REQUIRE(block_on(select_biased(pending(), ready(), ready())).index() == 1);
    }
}

TEST_CASE("Select: dropped half-way it ends its futures and leaves no waker", "[async][select]") {
    Manual<int> const first;
    Manual<int> const second;
    Polled polled(select(first.future(), second.future()));
    REQUIRE(polled.poll().is_pending());

    polled.drop();

    CHECK(first.alive() + second.alive() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("Select: std::ref keeps a future for the next select", "[async][select]") {
    Manual<int> const manual;
    auto future = manual.future();
    auto const loop = [](auto& long_one) -> Task<int> {
        for (int turns = 0;;) {
            auto first = co_await select_biased(std::ref(long_one), yield_now());
            if (first.index() == 0) {
                co_return first.template get<0>() + turns;
            }
            ++turns;
        }
    };
    Polled polled(loop(future));
    REQUIRE(polled.poll().is_pending());
    REQUIRE(polled.poll().is_pending());
    REQUIRE(polled.poll().is_pending());
    manual.finish(10);
    CHECK(polled.finish() == 12);
    CHECK(manual.alive() == 1);
}

TEST_CASE("Select: outputs may be references, move-only, or have no assignment",
          "[async][select]") {
    auto first = block_on(select(ready(std::make_unique<int>(1)), pending<int>()));
    std::unique_ptr<int> const owned = std::move(first).get<0>();
    CHECK(*owned == 1);

    int number = 1;
    auto const reference = [](int& n) -> Task<int&> { co_return n; };
    CHECK(&block_on(select(reference(number), pending())).get<0>() == &number);

    Trace trace;
    {
        Noted guard(trace, "guard");
        auto won = block_on(select(ready(std::move(guard)), pending()));
        Noted const taken = std::move(won).get<0>();
        trace.note("selected");
    }
    CHECK(trace.take() == std::vector<std::string>{"selected", "end guard"});
}

TEST_CASE("Select: an exception comes out, and ends the others with the select",
          "[async][select]") {
    Manual<int> const first;
    Manual<int> const second;
    {
        Polled polled(select(first.future(), second.future()));
        second.fail();
        CHECK_THROWS_AS(polled.poll(), std::runtime_error);
    }
    CHECK(first.alive() + second.alive() == 0);
}

TEST_CASE("SelectOn: the handler of the first makes the output", "[async][select]") {
    CHECK(block_on(select(on(pending<std::string>(), [](std::string const&) { return 0; }),
                          on(ready(21), twice))) == 42);
    CHECK(block_on(select(on(pending<int>(), twice), on(yield_now(), none))) == 0);

    int called = 0;
    block_on(select(on(ready(3), [&](int n) { called += n; }), on(pending(), [] {})));
    CHECK(called == 3);
}

TEST_CASE("SelectOn: the futures are dropped before the handler is called", "[async][select]") {
    Trace trace;
    Manual<int> const loser(trace, "loser");
    Manual<int> const winner(trace, "winner");
    winner.finish(1);
    auto note = [&](int) { trace.note("handled"); };

    block_on(select_biased(on(loser.future(), note), on(winner.future(), note)));

    CHECK(trace.take() == std::vector<std::string>{"end loser", "end winner", "handled"});
}

TEST_CASE("SelectOn: a handler that returns a Task is awaited, with its captures and the value",
          "[async][select]") {
    Manual<int> const inside;
    auto future = inside.future();
    auto handler = [&future, words = std::string("a text that is not short: ")](
                       std::string const& text) -> Task<std::string> {
        int const number = co_await std::ref(future);
        co_return words + text + std::to_string(number);
    };
    auto other = [] { return std::string(); };
    Polled polled(
        select(on(ready(std::string("another text ")), std::move(handler)), on(pending(), other)));

    REQUIRE(polled.poll().is_pending());
    REQUIRE(polled.poll().is_pending());
    inside.finish(7);
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.finish() == "a text that is not short: another text 7");
    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("SelectOn: the other handlers end before the first's is called", "[async][select]") {
    Trace trace;
    auto losing = [guard = Noted(trace, "loser's")](int) {};
    auto winning = [&trace, guard = Noted(trace, "winner's")](int) { trace.note("handled"); };

    block_on(select(on(pending<int>(), std::move(losing)), on(ready(1), std::move(winning))));

    CHECK(trace.take() == std::vector<std::string>{"end loser's", "handled", "end winner's"});
}

TEST_CASE("SelectOn: a Task and a plain value come to the same output", "[async][select]") {
    auto const later = [](int n) -> Task<int> { return after_a_turn(n); };
    CHECK(block_on(select(on(ready(1), later), on(pending<int>(), twice))) == 1);
}

TEST_CASE("SelectOn: a reference and a move-only value reach their handler", "[async][select]") {
    int number = 1;
    auto const reference = [](int& n) -> Task<int&> { co_return n; };
    block_on(select(on(reference(number), [](int& n) { n = 2; }), on(pending(), [] {})));
    CHECK(number == 2);

    auto const read = [](std::unique_ptr<int> owned) { return *owned; };
    CHECK(block_on(select(on(ready(std::make_unique<int>(3)), read))) == 3);
}

TEST_CASE("SelectOn: dropped in its handler's Task it leaves no waker", "[async][select]") {
    Manual<void> const inside;
    auto const handler = [](Manual<void> const& manual) -> Task<void> { co_await manual.future(); };
    Polled polled(select(on(ready(&inside), [&](Manual<void> const* m) { return handler(*m); })));
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 1);

    polled.drop();

    CHECK(inside.alive() == 0);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("SelectOn: an exception of a handler comes out", "[async][select]") {
    auto const fail = [](int) -> int { throw std::runtime_error("no"); };
    Polled polled(select(on(ready(1), fail)));

    CHECK_THROWS_AS(polled.poll(), std::runtime_error);
}

TEST_CASE("Select: between threads the first wakes it, and none is lost",
          "[async][select][threads]") {
    for (int round = 0; round < 300; ++round) {
        Manual<int> const first;
        Manual<int> const second;
        Threads threads;
        threads.start([&] { first.finish(0); });
        threads.start([&] { second.finish(1); });

        auto const won = block_on(select(first.future(), second.future()));
        CHECK((won.index() == 0 ? won.get<0>() == 0 : won.get<1>() == 1));
    }
}
