#include "tandem/async/mpsc.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
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

namespace mpsc = tandem::async::mpsc;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::testing::Polled;
using tandem::testing::Threads;

using Tx = mpsc::Sender<int>;
using Rx = mpsc::Receiver<int>;
using Utx = mpsc::UnboundedSender<int>;

static_assert(std::is_nothrow_move_constructible_v<Tx> && !std::is_copy_constructible_v<Tx>);
static_assert(std::is_nothrow_move_constructible_v<Rx> && !std::is_copy_constructible_v<Rx>);
static_assert(!std::is_copy_constructible_v<Utx> &&
              !std::is_copy_constructible_v<mpsc::Permit<int>>);
static_assert(tandem::Send<Tx> && tandem::Sync<Tx> && tandem::Send<Rx> && tandem::Send<Utx>);
static_assert(!tandem::Send<mpsc::Sender<int*>> && !tandem::Send<mpsc::Receiver<int*>>);
static_assert(tandem::async::Future<mpsc::Recv<int>> && tandem::async::Future<mpsc::Sending<int>>);

template <class End>
void end(End& one) {
    End const last = std::move(one);
}

Task<std::vector<int>> all(Rx rx) {
    std::vector<int> values;
    while (std::optional<int> const value = co_await rx.recv()) {
        values.push_back(*value);
    }
    co_return values;
}

Task<> send_all(Tx tx, int from, int count) {
    for (int i = from; i < from + count; ++i) {
        (co_await tx.send(i)).unwrap();
    }
}

/// Moving it throws when it is told to.
struct Moody {
    explicit Moody(int n) : number(n) {}
    Moody(Moody&& other) : number(other.number) {
        if (throws) {
            throw std::runtime_error("not now");
        }
    }
    int number;
    static inline bool throws = false;
};

}  // namespace

TEST_CASE("mpsc: values come out in the order in which they went in", "[async][mpsc]") {
    auto [tx, rx] = mpsc::unbounded_channel<int>();
    for (int i = 0; i < 100; ++i) {
        CHECK(tx.send(i).is_ok());
    }
    CHECK(rx.len() == 100);
    end(tx);

    std::vector<int> const values = block_on(all(std::move(rx)));

    REQUIRE(values.size() == 100);
    for (int i = 0; i < 100; ++i) {
        CHECK(values[static_cast<std::size_t>(i)] == i);
    }
}

TEST_CASE("mpsc: recv waits, and is woken by a send and by the last sender's end",
          "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(2);
    Tx second = tx.clone();
    Polled next(rx.recv());
    CHECK(next.poll().is_pending());
    CHECK(next.wakers_alive() == 1);
    SECTION("a send") {
        CHECK(tx.try_send(1).is_ok());
        CHECK(next.take_wakes() == 1);
        CHECK(next.finish() == 1);
    }
    SECTION("the senders' end") {
        end(tx);
        CHECK(next.take_wakes() == 0);
        end(second);
        CHECK(next.take_wakes() == 1);
        CHECK(next.finish() == std::nullopt);
        CHECK(rx.is_closed());
    }
    CHECK(next.wakers_alive() == 0);
}

TEST_CASE("mpsc: a cancelled recv loses nothing and leaves no waker", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(2);
    Polled next(rx.recv());
    CHECK(next.poll().is_pending());
    SECTION("before a value") {
        next.drop();
        CHECK(next.wakers_alive() == 0);
        CHECK(tx.try_send(1).is_ok());
        CHECK(next.take_wakes() == 0);
    }
    SECTION("when it was woken already") {
        CHECK(tx.try_send(1).is_ok());
        next.drop();
    }
    CHECK(rx.try_recv().unwrap() == 1);
}

TEST_CASE("mpsc: a bounded channel lets senders wait, first come, first served", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(1);
    CHECK(tx.max_capacity() == 1);
    CHECK(tx.try_send(1).is_ok());
    CHECK(tx.capacity() == 0);
    Polled second(tx.send(2));
    Polled third(tx.send(3));
    CHECK(second.poll().is_pending());
    CHECK(third.poll().is_pending());
    CHECK(third.poll().is_pending());

    CHECK(rx.try_recv().unwrap() == 1);
    CHECK(second.take_wakes() == 1);
    CHECK(third.take_wakes() == 0);
    CHECK(tx.try_send(9).unwrap_err().is_full());  // the slot is the second's
    CHECK(second.finish().is_ok());

    CHECK(rx.try_recv().unwrap() == 2);
    CHECK(third.take_wakes() == 1);
    CHECK(third.finish().is_ok());
    CHECK(rx.try_recv().unwrap() == 3);
    CHECK(tx.capacity() == 1);
    CHECK(second.wakers_alive() + third.wakers_alive() == 0);
}

TEST_CASE("mpsc: a cancelled send does not send, and hands a slot on", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(1);
    CHECK(tx.try_send(1).is_ok());
    Polled second(tx.send(2));
    Polled third(tx.send(3));
    CHECK(second.poll().is_pending());
    CHECK(third.poll().is_pending());
    SECTION("before it has a slot") {
        second.drop();
        CHECK(second.wakers_alive() == 0);
        CHECK(rx.try_recv().unwrap() == 1);
    }
    SECTION("when it has one") {
        CHECK(rx.try_recv().unwrap() == 1);
        CHECK(second.take_wakes() == 1);
        second.drop();
    }
    CHECK(third.take_wakes() == 1);
    CHECK(third.finish().is_ok());
    CHECK(rx.try_recv().unwrap() == 3);
    CHECK(rx.try_recv().unwrap_err().is_empty());
}

TEST_CASE("mpsc: sending to a receiver that is gone gives the value back", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<std::string>(1);
    auto [utx, urx] = mpsc::unbounded_channel<std::string>();
    CHECK(tx.try_send("lost").is_ok());
    Polled waiting(tx.send("mine"));
    Polled closed(tx.closed());
    CHECK(waiting.poll().is_pending());
    CHECK(closed.poll().is_pending());
    end(rx);
    end(urx);

    CHECK(waiting.take_wakes() == 1);
    CHECK(closed.take_wakes() == 1);
    CHECK(closed.poll().is_ready());
    CHECK(tx.is_closed());
    CHECK(waiting.finish().unwrap_err().into_inner() == "mine");
    CHECK(utx.send("yours").unwrap_err().message() == "channel closed");
    auto const refused = tx.try_send("back").unwrap_err();
    CHECK((refused.is_closed() && refused.value() == "back"));
    CHECK(tx.try_reserve().is_err());
    CHECK(closed.wakers_alive() + waiting.wakers_alive() == 0);
}

TEST_CASE("mpsc: what was not received ends with the receiver", "[async][mpsc]") {
    auto const value = std::make_shared<int>(1);
    auto [tx, rx] = mpsc::channel<std::shared_ptr<int>>(100);
    for (int i = 0; i < 70; ++i) {
        CHECK(tx.try_send(value).is_ok());
    }
    CHECK(value.use_count() == 71);
    end(rx);
    CHECK(value.use_count() == 1);
}

TEST_CASE("mpsc: after close, recv yields what is left, and the permits' values", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(3);
    CHECK(tx.try_send(1).is_ok());
    auto permit = tx.try_reserve().unwrap();
    auto unused = tx.try_reserve().unwrap();
    rx.close();
    CHECK(tx.try_send(9).unwrap_err().is_closed());
    CHECK(rx.try_recv().unwrap() == 1);

    Polled second(rx.recv());
    CHECK(second.poll().is_pending());
    std::move(permit).send(2);
    CHECK(second.take_wakes() == 1);
    CHECK(second.finish() == 2);

    Polled third(rx.recv());
    CHECK(third.poll().is_pending());
    end(unused);
    CHECK(third.take_wakes() == 1);
    CHECK(third.finish() == std::nullopt);
    CHECK(rx.try_recv().unwrap_err().is_disconnected());
}

TEST_CASE("mpsc: a permit is a slot, and gives it back if it is dropped", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(1);
    auto permit = block_on(tx.reserve()).unwrap();
    Polled second(tx.reserve());
    CHECK(second.poll().is_pending());
    CHECK(tx.try_reserve().unwrap_err().is_full());
    SECTION("dropped") {
        end(permit);
        CHECK(second.take_wakes() == 1);
        CHECK(second.finish().is_ok());  // dropped in this line
        CHECK(tx.capacity() == 1);
    }
    SECTION("sent") {
        std::move(permit).send(1);
        CHECK_THROWS_AS(std::move(permit).send(2), Panic);
        CHECK(second.take_wakes() == 0);
        CHECK(rx.try_recv().unwrap() == 1);
        CHECK(second.take_wakes() == 1);
        second.drop();
        CHECK(tx.capacity() == 1);
    }
    CHECK(second.wakers_alive() == 0);
}

TEST_CASE("mpsc: recv_many takes what is there, up to its limit", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(8);
    std::vector<int> got;
    CHECK(block_on(rx.recv_many(got, 0)) == 0);
    Polled many(rx.recv_many(got, 3));
    CHECK(many.poll().is_pending());
    for (int i = 0; i < 4; ++i) {
        CHECK(tx.try_send(i).is_ok());
    }
    CHECK(many.finish() == 3);
    CHECK(block_on(rx.recv_many(got, 3)) == 1);
    CHECK(got == std::vector{0, 1, 2, 3});
    CHECK(tx.capacity() == 8);
    end(tx);
    CHECK(block_on(rx.recv_many(got, 3)) == 0);
}

TEST_CASE("mpsc: a weak sender does not keep the channel open", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<int>(1);
    auto const weak = tx.downgrade();
    {
        auto const strong = weak.upgrade();
        REQUIRE(strong);
        CHECK(strong->same_channel(tx));
        CHECK(tx.strong_count() == 2);
    }
    end(tx);
    CHECK_FALSE(weak.upgrade());
    CHECK(rx.blocking_recv() == std::nullopt);

    auto [utx, urx] = mpsc::unbounded_channel<int>();
    auto const unbounded = utx.downgrade();
    CHECK(unbounded.upgrade()->same_channel(utx));
    end(utx);
    CHECK_FALSE(unbounded.upgrade());
}

TEST_CASE("mpsc: misuse panics", "[async][mpsc]") {
    CHECK_THROWS_AS(mpsc::channel<int>(0), Panic);
    auto [tx, rx] = mpsc::channel<int>(1);
    end(tx);
    end(rx);
    CHECK_THROWS_AS(tx.try_send(1), Panic);
    CHECK_THROWS_AS(rx.try_recv(), Panic);
}

TEST_CASE("mpsc: a move that throws changes nothing", "[async][mpsc]") {
    auto [tx, rx] = mpsc::channel<Moody>(1);
    Polled sending(tx.send(Moody(1)));
    Moody::throws = true;
    CHECK_THROWS_AS(sending.poll(), std::runtime_error);
    CHECK(tx.capacity() == 1);
    Moody::throws = false;
    CHECK(tx.try_send(Moody(2)).is_ok());
    Moody::throws = true;
    CHECK_THROWS_AS(rx.try_recv(), std::runtime_error);
    Moody::throws = false;
    CHECK(rx.try_recv().unwrap().number == 2);
    CHECK(tx.capacity() == 1);
}

TEST_CASE("mpsc: every value arrives once, each sender's in order", "[async][mpsc][threads]") {
    constexpr int senders = 3;
    constexpr int each = 5'000;
    auto [tx, rx] = mpsc::channel<int>(static_cast<std::size_t>(GENERATE(1, 4, 128)));
    std::vector<int> next(senders, 0);
    int wrong = 0;
    Threads threads;
    for (int i = 0; i < senders; ++i) {
        threads.start([mine = tx.clone(), i]() mutable {
            block_on(send_all(std::move(mine), i * each, each));
        });
    }
    end(tx);
    while (std::optional<int> const value = rx.blocking_recv()) {
        wrong += *value % each == next[static_cast<std::size_t>(*value / each)]++ ? 0 : 1;
    }
    threads.join();
    CHECK(wrong == 0);
    CHECK(next == std::vector<int>(senders, each));
}

TEST_CASE("mpsc: unbounded, every value arrives once", "[async][mpsc][threads]") {
    constexpr int each = 20'000;
    auto [tx, rx] = mpsc::unbounded_channel<int>();
    Threads threads;
    for (int i = 0; i < 2; ++i) {
        threads.start([mine = tx.clone()] {
            for (int n = 1; n <= each; ++n) {
                static_cast<void>(mine.send(n));
            }
        });
    }
    end(tx);
    long sum = 0;
    while (std::optional<int> const value = rx.blocking_recv()) {
        sum += *value;
    }
    CHECK(sum == 2L * each * (each + 1) / 2);
}

TEST_CASE("mpsc: senders that give up pass their slots on", "[async][mpsc][threads]") {
    constexpr int each = 2'000;
    auto [tx, rx] = mpsc::channel<int>(1);
    Threads threads;
    threads.start([mine = tx.clone()]() mutable { block_on(send_all(std::move(mine), 0, each)); });
    threads.start([mine = tx.clone()] {
        for (int i = 0; i < each; ++i) {
            Polled given_up(mine.reserve());
            static_cast<void>(given_up.poll());
        }
    });
    end(tx);
    int count = 0;
    while (rx.blocking_recv()) {
        ++count;
    }
    CHECK(count == each);
}

TEST_CASE("mpsc: senders learn at once that the receiver is gone", "[async][mpsc][threads]") {
    int wrong = 0;
    for (int round = 0; round < 200; ++round) {
        auto const value = std::make_shared<int>(round);
        auto [tx, rx] = mpsc::channel<std::shared_ptr<int>>(2);
        Threads threads;
        for (int i = 0; i < 2; ++i) {
            threads.start([&value, mine = tx.clone()] {
                while (mine.blocking_send(value).is_ok()) {}
            });
        }
        for (int i = 0; i < round % 20; ++i) {
            wrong += *rx.blocking_recv() == value ? 0 : 1;
        }
        end(rx);
        threads.join();
        wrong += value.use_count() == 1 ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("mpsc: close and the permits' ends race, and recv still ends", "[async][mpsc][threads]") {
    int wrong = 0;
    for (int round = 0; round < 500; ++round) {
        auto [tx, rx] = mpsc::channel<int>(2);
        auto first = tx.try_reserve().unwrap();
        auto second = tx.try_reserve().unwrap();
        Threads threads;
        threads.start([mine = std::move(first)]() mutable { std::move(mine).send(1); });
        threads.start([mine = std::move(second)]() mutable { end(mine); });
        tandem::testing::spin_for(round % 30);
        rx.close();
        wrong += rx.blocking_recv() == 1 ? 0 : 1;
        wrong += rx.blocking_recv() == std::nullopt ? 0 : 1;
    }
    CHECK(wrong == 0);
}
