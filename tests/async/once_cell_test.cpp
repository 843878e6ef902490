#include "tandem/async/once_cell.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/notify.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::Result;
using tandem::Send;
using tandem::Sync;
using tandem::async::block_on;
using tandem::async::Notify;
using tandem::async::OnceCell;
using tandem::async::OutputOf;
using tandem::async::SetError;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::testing::Counted;
using tandem::testing::on_threads;
using tandem::testing::Polled;

struct SaysNothing {
    SaysNothing() {}
    int* pointer = nullptr;
};
struct SendOnly {
    using tandem_send = void;
    SendOnly() {}
    int* pointer = nullptr;
};

[[maybe_unused]] constinit OnceCell<int> global;

static_assert(!std::is_copy_constructible_v<OnceCell<int>>);
static_assert(!std::is_move_constructible_v<OnceCell<int>>);
static_assert(Send<OnceCell<int>> && Sync<OnceCell<int>>);
static_assert(!Send<OnceCell<SaysNothing>> && !Sync<OnceCell<SaysNothing>>);
static_assert(Send<OnceCell<SendOnly>> && !Sync<OnceCell<SendOnly>>);
static_assert(Send<SetError<int>> && !Send<SetError<SaysNothing>>);

int five() { return 5; }
Task<int> number(int n) { co_return n; }
Task<int> number_when(Notify const& notify, int n) {
    co_await notify.notified();
    co_return n;
}
Task<int> fails() {
    co_await yield_now();
    throw 1;
}
Task<Result<int, std::string>> refuses(Notify const& notify) {
    co_await notify.notified();
    co_return Err(std::string("no"));
}
Task<Result<int, std::string>> agrees(int n) { co_return Ok(n); }
Task<std::unique_ptr<int>> boxed(std::unique_ptr<int> box) {
    co_await yield_now();
    co_return std::move(box);
}

template <class C>
concept InitialisesTemporary = requires { C().get_or_init(five); } || requires { C().get(); };
static_assert(!InitialisesTemporary<OnceCell<int>>);
static_assert(std::is_same_v<OutputOf<decltype(std::declval<OnceCell<int>&>().get_or_init(five))>,
                             int const&>);
static_assert(
    std::is_same_v<OutputOf<decltype(std::declval<OnceCell<int>&>().get_or_try_init(agrees, 1))>,
                   Result<int const&, std::string>>);

}  // namespace

TEST_CASE("OnceCell: it is empty until it is set, and set once", "[async][once_cell]") {
    OnceCell<std::string> cell;
    CHECK_FALSE(cell.initialized());
    CHECK(cell.get() == nullptr);
    CHECK(cell.get_mut() == nullptr);

    CHECK(cell.set("one").is_ok());
    auto again = cell.set("two").unwrap_err();

    CHECK(again.is_already_init_err());
    CHECK_FALSE(again.is_initializing_err());
    CHECK(describe(again) == "the cell has a value already");
    CHECK(std::move(again).into_inner() == "two");
    CHECK(cell.initialized());
    CHECK(*cell.get() == "one");
    *cell.get_mut() += "!";
    CHECK(*std::move(cell).into_inner() == "one!");
    CHECK_FALSE(OnceCell<int>().into_inner());
    CHECK(*OnceCell<int>(3).into_inner() == 3);
}

TEST_CASE("OnceCell: its value ends with it, and only if there is one", "[async][once_cell]") {
    Counted::alive = 0;
    {
        OnceCell<Counted> const empty;
        OnceCell<Counted> const cell{Counted(1)};
        CHECK(Counted::alive == 1);
    }
    CHECK(Counted::alive == 0);
}

TEST_CASE("OnceCell: the value is made at the first poll, once", "[async][once_cell]") {
    OnceCell<int> const cell;
    Polled first(cell.get_or_init(number, 1));
    Polled second(cell.get_or_init(number, 2));
    CHECK_FALSE(cell.initialized());

    CHECK(second.poll().value() == 2);
    CHECK(first.poll().value() == 2);
    CHECK(block_on(cell.get_or_init(five)) == 2);
    CHECK(std::addressof(block_on(cell.get_or_init(number, 3))) == cell.get());
}

TEST_CASE("OnceCell: a plain function makes the value too, from what it is given",
          "[async][once_cell]") {
    OnceCell<int> const cell;
    CHECK(block_on(cell.get_or_init(five)) == 5);
    OnceCell<std::unique_ptr<int>> const box;
    CHECK(*block_on(box.get_or_init(boxed, std::make_unique<int>(4))) == 4);
}

TEST_CASE("OnceCell: others wait while one makes the value", "[async][once_cell]") {
    OnceCell<int> const cell;
    Notify const go;
    Polled maker(cell.get_or_init(number_when, std::cref(go), 1));
    Polled one(cell.get_or_init(number, 2));
    Polled other(cell.get_or_init(number, 3));
    CHECK(maker.poll().is_pending());
    CHECK(one.poll().is_pending());
    CHECK(other.poll().is_pending());
    auto const late = cell.set(4).unwrap_err();
    CHECK(late.is_initializing_err());
    CHECK(describe(late) == "the cell's value is being made");

    go.notify_one();
    CHECK(maker.take_wakes() == 1);
    CHECK(maker.poll().value() == 1);

    CHECK(one.take_wakes() == 1);
    CHECK(other.take_wakes() == 1);
    CHECK(one.poll().value() == 1);
    CHECK(other.poll().value() == 1);
    CHECK(one.wakers_alive() == 0);
}

TEST_CASE("OnceCell: if the maker is dropped, the next takes over", "[async][once_cell]") {
    OnceCell<int> const cell;
    Notify const go;
    Polled maker(cell.get_or_init(number_when, std::cref(go), 1));
    Polled next(cell.get_or_init(number, 2));
    Polled last(cell.get_or_init(number, 3));
    CHECK(maker.poll().is_pending());
    CHECK(next.poll().is_pending());
    CHECK(last.poll().is_pending());

    maker.drop();
    CHECK(next.take_wakes() == 1);
    CHECK(last.take_wakes() == 0);

    SECTION("and makes the value") {
        CHECK(next.poll().value() == 2);
        CHECK(last.take_wakes() == 1);
        CHECK(last.poll().value() == 2);
    }
    SECTION("and hands on if it is dropped in turn") {
        next.drop();
        CHECK(last.take_wakes() == 1);
        CHECK(last.poll().value() == 3);
    }
    CHECK(maker.wakers_alive() == 0);
    CHECK(next.wakers_alive() == 0);
}

TEST_CASE("OnceCell: if the maker throws, the next takes over", "[async][once_cell]") {
    OnceCell<int> const cell;
    Polled maker(cell.get_or_init(fails));
    Polled next(cell.get_or_init(number, 2));
    CHECK(maker.poll().is_pending());
    CHECK(next.poll().is_pending());

    CHECK_THROWS_AS(static_cast<void>(maker.poll()), int);

    CHECK(next.take_wakes() == 1);
    CHECK(next.poll().value() == 2);
}

TEST_CASE("OnceCell: an error comes out, and the next tries", "[async][once_cell]") {
    OnceCell<int> const cell;
    Notify const go;
    Polled maker(cell.get_or_try_init(refuses, std::cref(go)));
    Polled next(cell.get_or_try_init(agrees, 2));
    CHECK(maker.poll().is_pending());
    CHECK(next.poll().is_pending());

    go.notify_one();
    CHECK(maker.poll().value().unwrap_err() == "no");
    CHECK_FALSE(cell.initialized());

    CHECK(next.take_wakes() == 1);
    CHECK(next.poll().value().unwrap() == 2);
    CHECK(block_on(cell.get_or_try_init(refuses, std::cref(go))).unwrap() == 2);
}

TEST_CASE("OnceCell: a maker that fails at once leaves the place free", "[async][once_cell]") {
    OnceCell<int> const cell;
    Polled fails_now(cell.get_or_try_init([]() -> Result<int, int> { return Err(1); }));
    Polled throws_now(cell.get_or_init([]() -> int { throw 2; }));

    CHECK(fails_now.poll().value().unwrap_err() == 1);
    CHECK_THROWS_AS(static_cast<void>(throws_now.poll()), int);

    CHECK(cell.set(3).is_ok());
}

namespace {

Task<int> count_calls(std::atomic<int>& calls, int n) {
    ++calls;
    co_await yield_now();
    co_return n;
}

Task<int> read_all(OnceCell<int> const& cell, std::atomic<int>& calls, int n) {
    int const& value = co_await cell.get_or_init(count_calls, std::ref(calls), n);
    co_return value;
}

}  // namespace

TEST_CASE("OnceCell: of many threads one makes the value", "[async][once_cell][threads]") {
    for (int round = 0; round < 300; ++round) {
        OnceCell<int> const cell;
        std::atomic<int> calls{0};
        std::atomic<int> wrong{0};

        on_threads(4, [&](int i) {
            int const value = block_on(read_all(cell, calls, i + 1));
            wrong += value == *cell.get() ? 0 : 1;
        });

        CHECK(calls == 1);
        CHECK(wrong == 0);
    }
}

TEST_CASE("OnceCell: makers that give up leave no one asleep", "[async][once_cell][threads]") {
    for (int round = 0; round < 300; ++round) {
        OnceCell<int> const cell;
        std::atomic<int> calls{0};
        std::atomic<int> wrong{0};

        on_threads(4, [&](int i) {
            if (i % 2 == 0) {
                Polled gives_up(cell.get_or_init(count_calls, std::ref(calls), 0));
                static_cast<void>(gives_up.poll());
            } else {
                wrong += block_on(read_all(cell, calls, i)) > 0 ? 0 : 1;
            }
        });

        CHECK(cell.initialized());
        CHECK(wrong == 0);
    }
}
