#include "tandem/async/oneshot.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

namespace oneshot = tandem::async::oneshot;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::testing::CountingWaker;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::spin_for;
using tandem::testing::Threads;

using Tx = oneshot::Sender<int>;
using Rx = oneshot::Receiver<int>;

static_assert(tandem::async::Future<Rx>);
static_assert(std::is_nothrow_move_constructible_v<Tx> && !std::is_copy_constructible_v<Tx>);
static_assert(std::is_nothrow_move_constructible_v<Rx> && !std::is_copy_constructible_v<Rx>);
static_assert(tandem::Send<Tx> && tandem::Send<Rx>);
static_assert(!tandem::Send<oneshot::Sender<int*>> && !tandem::Send<oneshot::Receiver<int*>>);

Task<int> await(Rx rx) { co_return (co_await std::move(rx)).unwrap(); }

}  // namespace

TEST_CASE("oneshot: a value that was sent before is there at the first poll", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    CHECK(tx.send(7).is_ok());
    CHECK(block_on(await(std::move(rx))) == 7);
}

TEST_CASE("oneshot: the send wakes the receiver, once", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<std::unique_ptr<int>>();
    Polled polled(std::move(rx));
    CHECK(polled.poll().is_pending());
    CHECK(polled.poll().is_pending());
    CHECK(polled.wakers_alive() == 1);

    CHECK(tx.send(std::make_unique<int>(3)).is_ok());

    CHECK(polled.take_wakes() == 1);
    CHECK(polled.wakers_alive() == 0);
    CHECK(*polled.finish().unwrap() == 3);
}

TEST_CASE("oneshot: a dropped sender is an error, and wakes", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    Polled polled(std::move(rx));
    CHECK(polled.poll().is_pending());
    { Tx const last = std::move(tx); }
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.finish().unwrap_err().message() == "channel closed");
    CHECK(polled.future().is_terminated());
    CHECK_THROWS_AS(polled.poll(), Panic);
}

TEST_CASE("oneshot: a send to a receiver that is gone gives the value back", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<std::string>();
    { auto const last = std::move(rx); }
    CHECK(tx.is_closed());
    CHECK(tx.send("mine").unwrap_err() == "mine");
}

TEST_CASE("oneshot: a second send panics", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    CHECK(tx.send(1).is_ok());
    CHECK_THROWS_AS(tx.send(2), Panic);
    CHECK(rx.try_recv().unwrap() == 1);
}

TEST_CASE("oneshot: a dropped receiver leaves no waker, and drops the value", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<std::shared_ptr<int>>();
    Polled polled(std::move(rx));
    CHECK(polled.poll().is_pending());
    SECTION("before the value") {
        polled.drop();
        CHECK(polled.wakers_alive() == 0);
        CHECK(tx.send(nullptr).is_err());
    }
    SECTION("after the value") {
        auto const value = std::make_shared<int>(1);
        CHECK(tx.send(value).is_ok());
        polled.drop();
        CHECK(value.use_count() == 1);
    }
    CHECK(polled.wakers_alive() == 0);
}

TEST_CASE("oneshot: the last waker that polled is the one that is woken", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    CountingWaker first;
    CountingWaker second;
    for (CountingWaker* counting : {&first, &second}) {
        tandem::async::Waker const waker = counting->waker();
        tandem::async::Context cx(waker);
        CHECK(rx.poll(cx).is_pending());
    }
    CHECK(first.alive() == 0);
    CHECK(tx.send(1).is_ok());
    CHECK(first.wakes() == 0);
    CHECK(second.wakes() == 1);
}

TEST_CASE("oneshot: try_recv tells empty from closed", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    CHECK(rx.try_recv().unwrap_err().is_empty());
    { Tx const last = std::move(tx); }
    CHECK(rx.try_recv().unwrap_err().is_closed());
    CHECK(rx.try_recv().unwrap_err().message() == "channel closed");
}

TEST_CASE("oneshot: close refuses a later value, and keeps an earlier one", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    SECTION("later") {
        rx.close();
        CHECK(tx.send(1).unwrap_err() == 1);
        CHECK(block_on(std::move(rx)).is_err());
    }
    SECTION("earlier") {
        CHECK(tx.send(1).is_ok());
        rx.close();
        CHECK(block_on(std::move(rx)).unwrap() == 1);
    }
}

TEST_CASE("oneshot: closed is ready as the receiver goes", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    Polled closed(tx.closed());
    CHECK(closed.poll().is_pending());
    CHECK(closed.poll().is_pending());
    SECTION("it closes") { rx.close(); }
    SECTION("it is dropped") { Rx const last = std::move(rx); }
    CHECK(closed.take_wakes() == 1);
    CHECK(closed.wakers_alive() == 0);
    CHECK(closed.poll().is_ready());
}

TEST_CASE("oneshot: a dropped closed() leaves no waker", "[async][oneshot]") {
    auto [tx, rx] = oneshot::channel<int>();
    Polled closed(tx.closed());
    CHECK(closed.poll().is_pending());
    closed.drop();
    CHECK(closed.wakers_alive() == 0);
    rx.close();
    CHECK(closed.take_wakes() == 0);
}

TEST_CASE("oneshot: each value arrives, whoever comes first", "[async][oneshot][threads]") {
    int wrong = 0;
    for (int round = 0; round < 3'000; ++round) {
        auto [tx, rx] = oneshot::channel<int>();
        on_threads(2, [&, sender = &tx, receiver = &rx](int i) {
            spin_for(i == 0 ? round % 50 : 50 - round % 50);
            if (i == 0) {
                wrong += sender->send(round).is_ok() ? 0 : 1;
            } else if (receiver->blocking_recv() != tandem::Ok(round)) {
                wrong += 1'000'000;
            }
        });
    }
    CHECK(wrong == 0);
}

TEST_CASE("oneshot: send and drop of both ends race without a trace", "[async][oneshot][threads]") {
    int lost = 0;
    for (int round = 0; round < 3'000; ++round) {
        auto const value = std::make_shared<int>(round);
        auto [tx, rx] = oneshot::channel<std::shared_ptr<int>>();
        Polled polled(std::move(rx));
        Polled closed(tx.closed());
        lost += polled.poll().is_pending() && closed.poll().is_pending() ? 0 : 1;
        {
            Threads threads;
            threads.start([&, sender = std::move(tx)]() mutable {
                spin_for(round % 40);
                static_cast<void>(sender.send(value));
            });
            polled.drop();
        }
        lost += closed.poll().is_ready() && polled.wakers_alive() == 0 ? 0 : 1;
        lost += value.use_count() == 1 ? 0 : 1;
    }
    CHECK(lost == 0);
}
