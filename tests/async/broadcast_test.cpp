#include "tandem/async/broadcast.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

namespace broadcast = tandem::async::broadcast;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::testing::Polled;
using tandem::testing::Threads;

using Tx = broadcast::Sender<int>;
using Rx = broadcast::Receiver<int>;

static_assert(std::is_nothrow_move_constructible_v<Tx> && !std::is_copy_constructible_v<Tx>);
static_assert(std::is_nothrow_move_constructible_v<Rx> && !std::is_copy_constructible_v<Rx>);
static_assert(tandem::Send<Tx> && tandem::Sync<Tx> && tandem::Send<Rx>);
static_assert(!tandem::Send<broadcast::Sender<int*>>);
static_assert(tandem::async::Future<broadcast::Recv<int>>);

template <class End>
void end(End& one) {
    End const last = std::move(one);
}

/// Copied only by name.
class Cloned {
public:
    explicit Cloned(int n) : number(n) {}
    Cloned(Cloned&&) = default;
    Cloned& operator=(Cloned&&) = default;
    [[nodiscard]] Cloned clone() const { return Cloned(number + 1); }
    int number;
};

/// How many values came and were missed; each that came has to be greater than the one before.
struct Heard {
    long count = 0;
    int wrong = 0;
};

Task<Heard> hear(Rx rx) {
    Heard heard;
    int last = -1;
    for (;;) {
        auto const next = co_await rx.recv();
        if (next.is_ok()) {
            heard.wrong += *next > last ? 0 : 1;
            last = *next;
            ++heard.count;
        } else if (next.error().is_lagged()) {
            heard.count += static_cast<long>(next.error().missed());
        } else {
            co_return heard;
        }
    }
}

}  // namespace

TEST_CASE("broadcast: every receiver sees every value, in order", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<std::string>(4);
    auto second = tx.subscribe();
    CHECK(tx.receiver_count() == 2);
    CHECK(tx.send("a").unwrap() == 2);
    CHECK(tx.send("b").unwrap() == 2);
    CHECK(tx.len() == 2);
    for (auto* receiver : {&rx, &second}) {
        CHECK(receiver->len() == 2);
        CHECK(block_on(receiver->recv()).unwrap() == "a");
        CHECK(receiver->try_recv().unwrap() == "b");
        CHECK(receiver->try_recv().unwrap_err().is_empty());
    }
    CHECK(tx.is_empty());
}

TEST_CASE("broadcast: a receiver sees nothing that was sent before it", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<int>(4);
    CHECK(tx.send(1).is_ok());
    auto late = tx.subscribe();
    auto again = rx.resubscribe();
    CHECK(tx.send(2).unwrap() == 3);
    CHECK(late.try_recv().unwrap() == 2);
    CHECK(again.try_recv().unwrap() == 2);
    CHECK(rx.try_recv().unwrap() == 1);
    CHECK(rx.same_channel(late));
}

TEST_CASE("broadcast: a send wakes all receivers that wait", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<int>(4);
    auto second = tx.subscribe();
    Polled next(rx.recv());
    Polled others(second.recv());
    CHECK(next.poll().is_pending());
    CHECK(others.poll().is_pending());
    CHECK(others.poll().is_pending());
    CHECK(tx.send(1).is_ok());
    CHECK(next.take_wakes() == 1);
    CHECK(others.take_wakes() == 1);
    CHECK(next.finish().unwrap() == 1);
    CHECK(others.finish().unwrap() == 1);
    CHECK(next.wakers_alive() + others.wakers_alive() == 0);
}

TEST_CASE("broadcast: a cancelled recv loses nothing and leaves no waker", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<int>(4);
    Polled next(rx.recv());
    CHECK(next.poll().is_pending());
    SECTION("before a value") {
        next.drop();
        CHECK(next.wakers_alive() == 0);
        CHECK(tx.send(1).is_ok());
        CHECK(next.take_wakes() == 0);
    }
    SECTION("when it was woken already") {
        CHECK(tx.send(1).is_ok());
        next.drop();
    }
    CHECK(rx.blocking_recv().unwrap() == 1);
}

TEST_CASE("broadcast: a slow receiver learns what it missed, and goes on with the oldest kept",
          "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<int>(3);
    for (int i = 0; i < 5; ++i) {
        CHECK(tx.send(i).is_ok());
    }
    CHECK(rx.len() == 5);
    CHECK(tx.len() == 3);
    auto const lagged = block_on(rx.recv()).unwrap_err();
    CHECK(lagged == broadcast::RecvError::lagged(2));
    CHECK(lagged.message() == "channel lagged by 2");
    CHECK(rx.try_recv().unwrap() == 2);
    CHECK(tx.send(5).is_ok());
    CHECK(tx.send(6).is_ok());
    CHECK(rx.try_recv().unwrap_err() == broadcast::TryRecvError::lagged(1));
    CHECK(rx.try_recv().unwrap() == 4);
}

TEST_CASE("broadcast: closed comes after the last value", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<int>(3);
    Tx second = tx.clone();
    CHECK(tx.send(1).is_ok());
    end(tx);
    CHECK(rx.try_recv().unwrap() == 1);
    Polled next(rx.recv());
    CHECK(next.poll().is_pending());
    end(second);
    CHECK(next.take_wakes() == 1);
    CHECK(next.finish().unwrap_err().is_closed());
    CHECK(rx.try_recv().unwrap_err().is_closed());
    CHECK(rx.is_closed());
}

TEST_CASE("broadcast: a send to nobody gives the value back", "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<std::string>(3);
    end(rx);
    CHECK(tx.send("mine").unwrap_err().into_inner() == "mine");
    auto late = tx.subscribe();
    CHECK(tx.send("yours").is_ok());
    CHECK(late.try_recv().unwrap() == "yours");
}

TEST_CASE("broadcast: a value ends when the last receiver has it, or is gone",
          "[async][broadcast]") {
    auto const value = std::make_shared<int>(1);
    auto [tx, rx] = broadcast::channel<std::shared_ptr<int>>(3);
    auto second = tx.subscribe();
    CHECK(tx.send(value).is_ok());
    CHECK(tx.send(value).is_ok());
    CHECK(value.use_count() == 3);
    CHECK(rx.try_recv().is_ok());
    CHECK(value.use_count() == 3);
    CHECK(second.try_recv().is_ok());
    CHECK(value.use_count() == 2);
    end(second);
    CHECK(value.use_count() == 2);
    end(rx);
    CHECK(value.use_count() == 1);
    CHECK(tx.len() == 0);
}

TEST_CASE("broadcast: a value is copied by its clone, and the last gets the value itself",
          "[async][broadcast]") {
    auto [tx, rx] = broadcast::channel<Cloned>(1);
    auto second = tx.subscribe();
    CHECK(tx.send(Cloned(1)).is_ok());
    CHECK(rx.try_recv().unwrap().number == 2);
    CHECK(second.try_recv().unwrap().number == 1);
}

TEST_CASE("broadcast: misuse panics", "[async][broadcast]") {
    CHECK_THROWS_AS(broadcast::channel<int>(0), Panic);
    auto [tx, rx] = broadcast::channel<int>(1);
    end(tx);
    CHECK_THROWS_AS(tx.send(1), Panic);
}

TEST_CASE("broadcast: on threads, each value is received or counted as missed",
          "[async][broadcast][threads]") {
    constexpr int each = 4'000;
    auto [tx, rx] = broadcast::channel<int>(static_cast<std::size_t>(GENERATE(1, 64, 8'000)));
    std::vector<Heard> heard(3);
    Threads threads;
    for (Heard& mine : heard) {
        threads.start([&mine, receiver = tx.subscribe()]() mutable {
            mine = block_on(hear(std::move(receiver)));
        });
    }
    for (int i = 0; i < each; ++i) {
        CHECK(tx.send(i).unwrap() >= 1);
    }
    end(tx);
    end(rx);
    threads.join();
    for (Heard const& one : heard) {
        CHECK(one.count == each);
        CHECK(one.wrong == 0);
    }
}
