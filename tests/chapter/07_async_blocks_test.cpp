#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"

namespace {

namespace async = tandem::async;
using async::Task;
using tandem::Send;
using tandem::testing::Noted;
using tandem::testing::Polled;
using tandem::testing::Trace;

async::Future auto make_future(int x) {
    return async::block([](int mine) -> Task<int> { co_return mine + 1; }, x);
}

Task<int> fetch_value() { co_return 42; }

Task<int> owns_text(std::string const& text) { co_return static_cast<int>(text.size()); }

}  // namespace

TEST_CASE("make_future: the block owns x, and gives x + 1", "[07_async_blocks]") {
    CHECK(async::block_on(make_future(41)) == 42);
}

TEST_CASE("an inline block awaits twice and adds", "[07_async_blocks]") {
    auto async_main = []() -> Task<int> {
        auto fut = async::block([]() -> Task<int> {
            int const a = co_await fetch_value();
            int const b = co_await fetch_value();
            co_return a + b;
        });
        int const result = co_await std::move(fut);
        co_return result;
    };

    CHECK(async::block_on(async_main()) == 84);
    CHECK(tandem::rt::run(async_main) == 84);  // #[tokio::main]
}

TEST_CASE("a block has the type of its last expression", "[07_async_blocks]") {
    auto number = async::block([]() -> Task<int> { co_return 1; });
    auto text = async::block([]() -> Task<std::string> { co_return "one"; });
    auto nothing = async::block([]() -> Task<void> { co_return; });
    auto plain = async::block([] { return 'c'; });  // a function that awaits nothing will do

    CHECK(std::same_as<async::OutputOf<decltype(number)>, int>);
    CHECK(std::same_as<async::OutputOf<decltype(text)>, std::string>);
    CHECK(std::same_as<async::OutputOf<decltype(nothing)>, void>);
    CHECK(std::same_as<async::OutputOf<decltype(plain)>, char>);
    CHECK(async::block_on(std::move(plain)) == 'c');
}

TEST_CASE("async move: what it takes is its own", "[07_async_blocks]") {
    std::string text = "a text that is too long for the string itself";
    auto const size = static_cast<int>(text.size());

    auto moved = async::block(owns_text, std::move(text));
    auto copied = async::block(owns_text, std::string("four"));

    CHECK(async::block_on(std::move(moved)) ==
          size);  // owns_text's reference is to the block's own
    CHECK(async::block_on(std::move(copied)) == 4);
}

TEST_CASE("without move it borrows: it sees what changes later", "[07_async_blocks]") {
    int x = 1;
    auto borrowing = async::block([&x]() -> Task<int> { co_return x; });
    auto owning = async::block([](int mine) -> Task<int> { co_return mine; }, x);

    x = 2;

    CHECK(async::block_on(std::move(borrowing)) == 2);
    CHECK(async::block_on(std::move(owning)) == 1);
    // The one that borrows may not be given to another thread; the one that owns may.
    CHECK_FALSE(Send<decltype(borrowing)>);
    CHECK(Send<decltype(owning)>);
}

TEST_CASE("blocks are lazy: nothing runs until they are awaited or polled", "[07_async_blocks]") {
    Trace trace;
    auto fn = [&trace]() -> Task<void> {
        trace.note("runs");
        co_return;
    };

    Polled block{async::block(fn)};
    CHECK(trace.take().empty());
    CHECK(block.poll().is_ready());
    CHECK(trace.take() == std::vector<std::string>{"runs"});
}

TEST_CASE("a block that is dropped unpolled drops what it took", "[07_async_blocks]") {
    Trace trace;

    {
        auto const block =
            async::block([](Noted) -> Task<void> { co_return; }, Noted(trace, "argument"));
        CHECK(trace.take().empty());
    }

    CHECK(trace.take() == std::vector<std::string>{"end argument"});
}

TEST_CASE("blocks are made in place, for spawn and join", "[07_async_blocks]") {
    auto async_main = []() -> Task<int> {
        auto spawned = tandem::rt::spawn(make_future(1));
        auto const [a, b] = co_await async::join(make_future(10), make_future(100));
        int const c = (co_await std::move(spawned)).unwrap();
        co_return a + b + c;
    };

    CHECK(tandem::rt::run(async_main) == 11 + 101 + 2);
}

TEST_CASE("a block that is spawned keeps what it took for as long as it runs",
          "[07_async_blocks]") {
    auto async_main = []() -> Task<int> {
        auto block = async::block(owns_text, std::string("four"));
        auto handle = tandem::rt::spawn(std::move(block));
        co_return (co_await std::move(handle)).unwrap();
    };

    CHECK(tandem::rt::run(async_main) == 4);
}
