#include "tandem/async/join_all.hpp"

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <numeric>
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

using Numbers = JoinAll<Task<int>>;
static_assert(Future<Numbers>);
static_assert(std::is_same_v<Numbers::Output, std::vector<int>>);
static_assert(std::is_same_v<JoinAll<Task<void>>::Output, std::vector<Unit>>);
static_assert(std::is_same_v<JoinAll<Task<int&>>::Output, std::vector<int*>>);
static_assert(std::is_nothrow_move_constructible_v<Numbers>);
static_assert(!std::is_copy_constructible_v<Numbers>);
static_assert(Send<JoinAll<Ready<int>>> && !Send<Numbers>);

Task<int> after_turns(int turns, int value) {
    for (int i = 0; i < turns; ++i) {
        co_await yield_now();
    }
    co_return value;
}

std::vector<Manual<int>::Future> futures_of(std::vector<Manual<int>> const& manuals) {
    std::vector<Manual<int>::Future> futures;
    for (auto const& manual : manuals) {
        futures.push_back(manual.future());
    }
    return futures;
}

}  // namespace

TEST_CASE("JoinAll: outputs come in the order of the futures, whichever ends first",
          "[async][join_all]") {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) {
        tasks.push_back(after_turns(5 - i, i));
    }
    CHECK(block_on(join_all(std::move(tasks))) == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("JoinAll: of nothing it is ready at once, with nothing", "[async][join_all]") {
    CHECK(block_on(join_all(std::vector<Task<int>>())).empty());
}

TEST_CASE("JoinAll: any range will do, and futures that can be copied may stay in theirs",
          "[async][join_all]") {
    std::list<Ready<int>> const list{ready(1), ready(2)};
    CHECK(block_on(join_all(list)) == std::vector{1, 2});
    CHECK(block_on(join_all(list)) == std::vector{1, 2});
    CHECK(block_on(join_all(std::array{ready(3), ready(4)})) == std::vector{3, 4});
}

TEST_CASE("JoinAll: a wake polls only the future that was woken", "[async][join_all]") {
    std::vector<Manual<int>> manuals(100);
    Polled polled(join_all(futures_of(manuals)));
    REQUIRE(polled.poll().is_pending());

    manuals[7].wake();
    manuals[50].finish(50);
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());

    for (std::size_t i = 0; i < manuals.size(); ++i) {
        REQUIRE(manuals[i].polls() == (i == 7 || i == 50 ? 2 : 1));
    }
    CHECK(manuals[50].alive() == 0);
}

TEST_CASE("JoinAll: dropped half-way it ends its futures and leaves no waker",
          "[async][join_all]") {
    std::vector<Manual<int>> manuals(3);
    Polled polled(join_all(futures_of(manuals)));
    manuals[1].finish(1);
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 1);
    std::optional<Waker> late = manuals[0].take_waker();

    polled.drop();

    CHECK(manuals[0].alive() + manuals[2].alive() == 0);
    CHECK(polled.wakers_alive() == 0);
    late->wake();
    CHECK(polled.take_wakes() == 0);
}

TEST_CASE("JoinAll: once it is ready, it holds no waker, and panics if polled again",
          "[async][join_all]") {
    std::vector<Manual<int>> manuals(2);
    Polled polled(join_all(futures_of(manuals)));
    REQUIRE(polled.poll().is_pending());
    manuals[1].finish(1);
    manuals[0].finish(0);

    CHECK(polled.finish() == std::vector{0, 1});
    CHECK(polled.wakers_alive() == 0);
    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("JoinAll: an exception of one comes out, and ends the others with it",
          "[async][join_all]") {
    std::vector<Manual<int>> manuals(3);
    {
        Polled polled(join_all(futures_of(manuals)));
        manuals[1].fail();
        CHECK_THROWS_AS(polled.poll(), std::runtime_error);
    }
    for (auto const& manual : manuals) {
        CHECK(manual.alive() == 0);
    }
}

TEST_CASE("JoinAll: outputs may be void, move-only, or have no assignment", "[async][join_all]") {
    CHECK(block_on(join_all(std::vector{yield_now(), yield_now()})).size() == 2);

    std::vector<Ready<std::unique_ptr<int>>> owned;
    owned.push_back(ready(std::make_unique<int>(1)));
    CHECK(*block_on(join_all(std::move(owned))).front() == 1);

    Trace trace;
    std::vector<Ready<Noted>> guards;
    guards.push_back(ready(Noted(trace, "guard")));
    {
        auto const all = block_on(join_all(std::move(guards)));
        CHECK(trace.take().empty());
    }
    CHECK(trace.take() == std::vector<std::string>{"end guard"});
}

TEST_CASE("JoinAll: of std::ref it polls the futures in place", "[async][join_all]") {
    Manual<int> const manual;
    auto future = manual.future();
    manual.finish(1);

    CHECK(block_on(join_all(std::vector{std::ref(future)})) == std::vector{1});
    CHECK(manual.alive() == 1);
}

TEST_CASE("JoinAll: 100,000 futures are no problem", "[async][join_all]") {
    constexpr int count = 100'000;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < count; ++i) {
        tasks.push_back(after_turns(2, 1));
    }
    auto const ones = block_on(join_all(std::move(tasks)));

    CHECK(std::accumulate(ones.begin(), ones.end(), 0) == count);
}

TEST_CASE("JoinAll: its futures may end on several threads", "[async][join_all][threads]") {
    constexpr std::size_t count = 200;
    for (int round = 0; round < 20; ++round) {
        std::vector<Manual<int>> manuals(count);
        Threads threads;
        for (std::size_t thread = 0; thread < 2; ++thread) {
            threads.start([&, thread] {
                for (std::size_t i = thread; i < count; i += 2) {
                    manuals[i].finish(static_cast<int>(i));
                }
            });
        }
        std::vector<int> expected(count);
        std::iota(expected.begin(), expected.end(), 0);
        REQUIRE(block_on(join_all(futures_of(manuals))) == expected);
    }
}
