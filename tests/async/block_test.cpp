#include "tandem/async/block.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::async::block;
using tandem::async::block_on;
using tandem::async::Future;
using tandem::async::OutputOf;
using tandem::async::ready;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::testing::Counted;
using tandem::testing::Noted;
using tandem::testing::Polled;
using tandem::testing::Trace;

Task<int> sum(int a, int b) {
    co_await yield_now();
    co_return a + b;
}

using SumBlock = decltype(block(&sum, 1, 2));
static_assert(Future<SumBlock> && std::is_same_v<OutputOf<SumBlock>, int>);
static_assert(std::is_move_constructible_v<SumBlock>);
static_assert(Send<SumBlock>);  // function and arguments are; the frame is made where it is polled
static_assert(!Send<decltype(block([](int* n) { return *n; }, std::declval<int*>()))>);

}  // namespace

TEST_CASE("Block: runs nothing before its first poll", "[async][block]") {
    Trace trace;
    auto const work = [](Trace& notes) -> Task<int> {
        notes.note("runs");
        co_return 1;
    };
    Polled polled(block(work, std::ref(trace)));
    CHECK(trace.take().empty());

    CHECK(polled.poll().value() == 1);
    CHECK(trace.take() == std::vector<std::string>{"runs"});
}

TEST_CASE("Block: calls its function once, however often it is polled", "[async][block]") {
    int calls = 0;
    Polled polled(block([&calls] {
        ++calls;
        return sum(1, 2);
    }));

    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().value() == 3);
    CHECK(calls == 1);
}

TEST_CASE("Block: a coroutine's captures and arguments live as long as the block",
          "[async][block]") {
    auto const text = std::string("a text that is too long to be kept in the object");
    auto const make = [&text] {
        return block(
            [text](std::unique_ptr<int> const& number) -> Task<std::string> {
                co_await yield_now();
                co_return text + std::to_string(*number);
            },
            std::make_unique<int>(5));
    };
    auto first = make();
    auto moved = std::move(first);  // before its first poll

    CHECK(block_on(std::move(moved)) == text + "5");
}

TEST_CASE("Block: a plain value or nothing is ready at once", "[async][block]") {
    int calls = 0;
    auto value = block([](int n) { return n + 1; }, 4);
    auto nothing = block([&calls] { ++calls; });

    static_assert(std::is_void_v<OutputOf<decltype(nothing)>>);
    CHECK(block_on(std::move(value)) == 5);
    block_on(std::move(nothing));
    CHECK(calls == 1);
}

TEST_CASE("Block: its function may return any future", "[async][block]") {
    CHECK(block_on(block([](int n) { return ready(n); }, 2)) == 2);
}

TEST_CASE("Block: ends its future first, then what the future may refer to", "[async][block]") {
    Trace trace;
    auto const work = [](Trace& notes, Noted const&) -> Task<> {
        Noted const local(notes, "local");
        co_await yield_now();
    };
    Polled polled(block(work, std::ref(trace), Noted(trace, "argument")));
    CHECK(polled.poll().is_pending());
    CHECK(trace.take().empty());

    polled.drop();

    CHECK(trace.take() == std::vector<std::string>{"end local", "end argument"});
}

TEST_CASE("Block: dropped before its first poll it drops what it owns", "[async][block]") {
    {
        Polled polled(block([](Counted const&) { return 0; }, Counted(1)));
        CHECK(Counted::alive == 1);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("Block: an exception comes out of the poll that met it", "[async][block]") {
    Polled at_once(block([]() -> int { throw 1; }));
    Polled later(block([]() -> Task<> {
        co_await yield_now();
        throw 2;
    }));

    CHECK_THROWS_AS(at_once.poll(), int);
    CHECK(later.poll().is_pending());
    CHECK_THROWS_AS(later.poll(), int);
}

namespace {

/// A future that stays where it was made, as one may that hands out its own address.
class Immovable {
public:
    using Output = int;

    explicit Immovable(int value) noexcept : value_(value) {}
    Immovable(Immovable const&) = delete;
    Immovable& operator=(Immovable const&) = delete;

    tandem::async::Poll<int> poll(tandem::async::Context&) {
        return tandem::async::Poll<int>::ready(value_);
    }

private:
    int value_;
};

}  // namespace

TEST_CASE("block: its function may return a future that cannot be moved", "[async][block]") {
    auto made = tandem::async::block([](int n) { return Immovable(n); }, 7);

    CHECK(tandem::async::block_on(std::move(made)) == 7);
}
