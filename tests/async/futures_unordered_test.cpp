#include "tandem/async/futures_unordered.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
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
#include "tandem/async/join.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/send.hpp"

namespace {

using namespace tandem::async;
using tandem::Send;
using tandem::Unit;
using tandem::testing::Manual;
using tandem::testing::Noted;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Threads;
using tandem::testing::Trace;

using Numbers = FuturesUnordered<Task<int>>;
static_assert(Future<Numbers::Next>);
static_assert(std::is_same_v<Numbers::Next::Output, std::optional<int>>);
static_assert(std::is_same_v<FuturesUnordered<Task<void>>::Item, std::optional<Unit>>);
static_assert(std::is_same_v<FuturesUnordered<Task<int&>>::Item, int*>);
static_assert(std::is_nothrow_move_constructible_v<Numbers>);
static_assert(!std::is_copy_constructible_v<Numbers>);
static_assert(!std::is_copy_constructible_v<Numbers::Next>);
static_assert(Send<FuturesUnordered<Ready<int>>> && !Send<Numbers>);

using Children = FuturesUnordered<Manual<int>::Future>;

Task<int> after_a_turn(int value) {
    co_await yield_now();
    co_return value;
}

template <class Set>
Task<int> sum_of(Set& set) {
    int sum = 0;
    while (auto value = co_await set.next()) {
        sum += *value;
    }
    co_return sum;
}

/// Never ready, and awake again whenever it is polled.
struct Restless {
    using Output = int;
    explicit Restless(int& count) : polls(&count) {}
    Poll<int> poll(Context& cx) {
        ++*polls;
        cx.waker().wake_by_ref();
        return Poll<int>::pending();
    }
    int* polls;
};

}  // namespace

TEST_CASE("FuturesUnordered: next gives each output, then nothing", "[async][futures_unordered]") {
    Numbers set;
    CHECK(set.is_empty());
    CHECK_FALSE(block_on(set.next()).has_value());

    for (int i = 1; i <= 10; ++i) {
        set.push(after_a_turn(i));
    }
    CHECK(set.size() == 10);

    CHECK(block_on(sum_of(set)) == 55);
    CHECK(set.is_empty());
    CHECK_FALSE(block_on(set.next()).has_value());
}

TEST_CASE("FuturesUnordered: outputs come in the order in which they are ready",
          "[async][futures_unordered]") {
    Manual<int> const first;
    Manual<int> const second;
    Children set;
    set.push(first.future());
    set.push(second.future());
    Polled polled(sum_of(set));
    REQUIRE(polled.poll().is_pending());

    second.finish(2);
    first.finish(1);

    CHECK(block_on(set.next()) == 2);
    CHECK(block_on(set.next()) == 1);
}

TEST_CASE("FuturesUnordered: only those that were woken are polled", "[async][futures_unordered]") {
    constexpr std::size_t count = 1'000;
    std::vector<Manual<int>> manuals(count);
    Children set;
    for (auto const& manual : manuals) {
        set.push(manual.future());
    }
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());

    manuals[500].wake();
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());

    for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(manuals[i].polls() == (i == 500 ? 2 : 1));
    }
}

TEST_CASE("FuturesUnordered: several wakes of one are one poll", "[async][futures_unordered]") {
    Manual<int> const manual;
    Children set;
    set.push(manual.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());

    std::optional<Waker> const waker = manual.take_waker();
    waker->wake_by_ref();
    waker->wake_by_ref();
    waker->clone().wake();
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());
    REQUIRE(polled.poll().is_pending());

    CHECK(manual.polls() == 2);
}

TEST_CASE("FuturesUnordered: one that wakes itself is polled once a poll of the set",
          "[async][futures_unordered]") {
    int polls = 0;
    FuturesUnordered<Restless> set;
    set.push(Restless(polls));
    Polled polled(set.next());

    REQUIRE(polled.poll().is_pending());
    CHECK(polls == 1);
    CHECK(polled.take_wakes() == 1);
    REQUIRE(polled.poll().is_pending());
    CHECK(polls == 2);
}

TEST_CASE("FuturesUnordered: a future ends as soon as it is ready", "[async][futures_unordered]") {
    Trace trace;
    Manual<int> const first(trace, "first");
    Manual<int> const second(trace, "second");
    Children set;
    set.push(first.future());
    set.push(second.future());
    first.finish(1);

    CHECK(block_on(set.next()) == 1);

    CHECK(trace.take() == std::vector<std::string>{"end first"});
    CHECK(set.size() == 1);
}

TEST_CASE("FuturesUnordered: a push wakes the task that waits", "[async][futures_unordered]") {
    Manual<int> const manual;
    Children set;
    set.push(manual.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());

    Manual<int> const pushed;
    pushed.finish(4);
    set.push(pushed.future());

    CHECK(polled.take_wakes() == 1);
    CHECK(polled.finish() == 4);
}

TEST_CASE("FuturesUnordered: a next that is dropped loses nothing, and leaves no waker",
          "[async][futures_unordered]") {
    Manual<int> const manual;
    Children set;
    set.push(manual.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 1);

    polled.drop();
    CHECK(polled.wakers_alive() == 0);
    manual.finish(3);

    CHECK(block_on(set.next()) == 3);
}

TEST_CASE("FuturesUnordered: dropped, it ends its futures and leaves no waker of its task",
          "[async][futures_unordered]") {
    Manual<int> const manual;
    std::optional<Children> set(std::in_place);
    set->push(manual.future());
    Polled polled([](Children& of) -> Task<int> {
        auto value = co_await of.next();
        co_return value.value();
    }(*set));
    REQUIRE(polled.poll().is_pending());
    std::optional<Waker> late = manual.take_waker();

    polled.drop();
    set.reset();
    CHECK(manual.alive() == 0);
    CHECK(polled.wakers_alive() == 0);

    late->clone().wake();  // of a future that is gone
    late->wake();
    CHECK(polled.take_wakes() == 0);
}

TEST_CASE("FuturesUnordered: the last output leaves no waker of its task behind",
          "[async][futures_unordered]") {
    Manual<int> const manual;
    Children set;
    set.push(manual.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());
    manual.finish(1);

    CHECK(polled.finish() == 1);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("FuturesUnordered: an output that others follow leaves no waker of its task behind",
          "[async][futures_unordered]") {
    Manual<int> const first;
    Manual<int> const second;
    Children set;
    set.push(first.future());
    set.push(second.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());
    first.finish(1);

    CHECK(polled.finish() == 1);
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("FuturesUnordered: a wake of a future that has ended wakes nobody",
          "[async][futures_unordered]") {
    Manual<int> const first;
    Manual<int> const second;
    Children set;
    set.push(first.future());
    set.push(second.future());
    Polled polled(set.next());
    REQUIRE(polled.poll().is_pending());
    std::optional<Waker> const late = first.take_waker();
    first.finish(1);
    late->wake_by_ref();
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.finish() == 1);

    REQUIRE(polled.poll().is_pending());
    late->wake_by_ref();
    late->wake_by_ref();

    CHECK(polled.take_wakes() == 0);
    REQUIRE(polled.poll().is_pending());
    CHECK(second.polls() == 1);
}

TEST_CASE("FuturesUnordered: one that was woken in its last poll is left alone",
          "[async][futures_unordered]") {
    struct Leaving {
        using Output = int;
        Poll<int> poll(Context& cx) {
            cx.waker().wake_by_ref();
            return Poll<int>::ready(1);
        }
    };
    FuturesUnordered<Leaving> set;
    set.push(Leaving());
    set.push(Leaving());

    CHECK(block_on(set.next()) == 1);
    CHECK(block_on(set.next()) == 1);
    CHECK_FALSE(block_on(set.next()).has_value());
    set.push(Leaving());
    CHECK(block_on(set.next()) == 1);
}

TEST_CASE("FuturesUnordered: an exception of one comes out, that one is gone, the others stay",
          "[async][futures_unordered]") {
    Manual<int> const first;
    Manual<int> const second;
    Children set;
    set.push(first.future());
    set.push(second.future());
    first.fail();

    CHECK_THROWS_AS(block_on(set.next()), std::runtime_error);
    CHECK(first.alive() == 0);
    CHECK(set.size() == 1);

    second.finish(2);
    CHECK(block_on(set.next()) == 2);
}

TEST_CASE("FuturesUnordered: it may be moved, with futures that were polled",
          "[async][futures_unordered]") {
    Manual<int> const manual;
    Children set;
    set.push(manual.future());
    {
        Polled polled(set.next());
        REQUIRE(polled.poll().is_pending());
    }
    Children moved(std::move(set));
    CHECK(moved.size() == 1);
    CHECK(set.is_empty());  // NOLINT(bugprone-use-after-move): it is promised
    set.push(Manual<int>().future());
    CHECK(set.size() == 1);

    manual.finish(1);
    CHECK(block_on(moved.next()) == 1);
}

TEST_CASE("FuturesUnordered: outputs may be void, references, or have no assignment",
          "[async][futures_unordered]") {
    FuturesUnordered<YieldNow> turns;
    turns.push(yield_now());
    CHECK(block_on(turns.next()).has_value());

    int number = 0;
    FuturesUnordered<Task<int&>> references;
    references.push([](int& n) -> Task<int&> { co_return n; }(number));
    CHECK(block_on(references.next()) == &number);
    CHECK(block_on(references.next()) == nullptr);

    Trace trace;
    FuturesUnordered<Ready<Noted>> guards;
    guards.push(ready(Noted(trace, "guard")));
    CHECK(block_on(guards.next()).has_value());
    CHECK(trace.take() == std::vector<std::string>{"end guard"});
}

TEST_CASE("FuturesUnordered: of std::ref it polls the futures in place",
          "[async][futures_unordered]") {
    Manual<int> const manual;
    auto future = manual.future();
    FuturesUnordered<std::reference_wrapper<Manual<int>::Future>> set;
    set.push(std::ref(future));
    manual.finish(1);

    CHECK(block_on(set.next()) == 1);
    CHECK(manual.alive() == 1);
}

TEST_CASE("FuturesUnordered: next in a select, again and again, loses nothing",
          "[async][futures_unordered]") {
    Numbers set;
    for (int i = 1; i <= 100; ++i) {
        set.push(after_a_turn(i));
    }
    auto const loop = [](Numbers& of) -> Task<int> {
        int sum = 0;
        for (;;) {
            auto first = co_await select(of.next(), yield_now());
            if (first.index() == 0) {
                if (!first.get<0>().has_value()) {
                    co_return sum;
                }
                sum += *first.get<0>();
            }
        }
    };
    CHECK(block_on(loop(set)) == 5'050);
}

TEST_CASE("FuturesUnordered: 100,000 futures are no problem", "[async][futures_unordered]") {
    constexpr int count = 100'000;
    FuturesUnordered<Task<int>> set;
    for (int i = 0; i < count; ++i) {
        set.push(after_a_turn(1));
    }
    CHECK(block_on(sum_of(set)) == count);
}

TEST_CASE("FuturesUnordered: wakes from several threads are all seen",
          "[async][futures_unordered][threads]") {
    constexpr int threads = 3;
    constexpr std::size_t each = 100;
    for (int round = 0; round < 20; ++round) {
        std::vector<Manual<int>> manuals(threads * each);
        Children set;
        for (auto const& manual : manuals) {
            set.push(manual.future());
        }
        int sum = 0;
        on_threads(threads + 1, [&](int thread) {
            if (thread == threads) {
                sum = block_on(sum_of(set));
                return;
            }
            for (std::size_t i = 0; i < each; ++i) {
                auto const& manual = manuals[static_cast<std::size_t>(thread) * each + i];
                manual.wake();  // for nothing
                manual.finish(1);
            }
        });
        REQUIRE(sum == threads * static_cast<int>(each));
    }
}

TEST_CASE("FuturesUnordered: it may end while other threads wake its futures",
          "[async][futures_unordered][threads]") {
    for (int round = 0; round < 300; ++round) {
        std::vector<Manual<int>> manuals(4);
        std::vector<Waker> wakers;
        std::optional<Children> set(std::in_place);
        for (auto const& manual : manuals) {
            set->push(manual.future());
        }
        Polled polled(set->next());
        REQUIRE(polled.poll().is_pending());
        for (auto const& manual : manuals) {
            wakers.push_back(*manual.take_waker());
        }
        polled.drop();
        on_threads(3, [&](int thread) {
            if (thread == 2) {
                set.reset();
                return;
            }
            wakers[static_cast<std::size_t>(thread)].wake();
            wakers[static_cast<std::size_t>(thread) + 2].wake_by_ref();
        });
        for (auto const& manual : manuals) {
            REQUIRE(manual.alive() == 0);
        }
    }
}
