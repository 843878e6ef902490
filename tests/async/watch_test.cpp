#include "tandem/async/watch.hpp"

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
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

namespace watch = tandem::async::watch;
using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Task;
using tandem::testing::Polled;
using tandem::testing::Threads;

using Tx = watch::Sender<int>;
using Rx = watch::Receiver<int>;

static_assert(std::is_nothrow_move_constructible_v<Tx> && !std::is_copy_constructible_v<Tx>);
static_assert(std::is_nothrow_move_constructible_v<Rx> && !std::is_copy_constructible_v<Rx>);
static_assert(tandem::Send<Tx> && tandem::Sync<Tx> && tandem::Send<Rx> && tandem::Sync<Rx>);
static_assert(!tandem::Send<watch::Sender<int*>> && !tandem::Send<watch::Ref<int>>);
static_assert(tandem::async::Future<watch::Changed<int>>);

template <class End>
void end(End& one) {
    End const last = std::move(one);
}

/// The last value seen: fails if one is seen that is smaller than one before it.
Task<int> follow(Rx rx) {
    int last = 0;
    while ((co_await rx.changed()).is_ok()) {
        int const now = *rx.borrow_and_update();
        if (now < last) {
            co_return -1;
        }
        last = now;
    }
    co_return last;
}

}  // namespace

TEST_CASE("watch: the initial value is there, and counts as seen", "[async][watch]") {
    auto [tx, rx] = watch::channel<std::string>("begin");
    CHECK(*rx.borrow() == "begin");
    CHECK(tx.borrow()->size() == 5);
    CHECK(rx.has_changed().unwrap() == false);
    Polled changed(rx.changed());
    CHECK(changed.poll().is_pending());
}

TEST_CASE("watch: a send wakes all that wait, and only the latest value is seen",
          "[async][watch]") {
    auto [tx, rx] = watch::channel(0);
    Rx other = rx.clone();
    Polled changed(rx.changed());
    Polled others(other.changed());
    CHECK(changed.poll().is_pending());
    CHECK(others.poll().is_pending());
    CHECK(others.poll().is_pending());

    CHECK(tx.send(1).is_ok());
    CHECK(tx.send(2).is_ok());

    CHECK(changed.take_wakes() == 1);
    CHECK(others.take_wakes() == 1);
    CHECK(changed.finish().is_ok());
    CHECK(rx.has_changed().unwrap() == false);
    CHECK(other.has_changed().unwrap());
    CHECK(*rx.borrow() == 2);
    CHECK(others.finish().is_ok());
    CHECK(changed.wakers_alive() + others.wakers_alive() == 0);
    CHECK(Polled(rx.changed()).poll().is_pending());
}

TEST_CASE("watch: more waiters than one batch of wakers are all woken", "[async][watch]") {
    constexpr int count = 100;
    auto [tx, rx] = watch::channel(0);
    std::vector<Rx> receivers;
    std::vector<std::unique_ptr<Polled<watch::Changed<int>>>> waiting;
    receivers.reserve(count);
    for (int i = 0; i < count; ++i) {
        receivers.push_back(rx.clone());
        waiting.push_back(
            std::make_unique<Polled<watch::Changed<int>>>(receivers.back().changed()));
        CHECK(waiting.back()->poll().is_pending());
    }
    CHECK(tx.send(1).is_ok());
    for (auto const& one : waiting) {
        CHECK(one->take_wakes() == 1);
    }
}

TEST_CASE("watch: a cancelled changed() loses nothing and leaves no waker", "[async][watch]") {
    auto [tx, rx] = watch::channel(0);
    Polled changed(rx.changed());
    CHECK(changed.poll().is_pending());
    SECTION("before the change") {
        changed.drop();
        CHECK(changed.wakers_alive() == 0);
        CHECK(tx.send(1).is_ok());
        CHECK(changed.take_wakes() == 0);
    }
    SECTION("after it") {
        CHECK(tx.send(1).is_ok());
        changed.drop();
    }
    CHECK(block_on(rx.changed()).is_ok());
}

TEST_CASE("watch: one of several that wait can go, wherever it stands", "[async][watch]") {
    using Waiting = Polled<watch::Changed<int>>;
    auto const gone = GENERATE(0U, 1U, 2U);
    auto [tx, rx] = watch::channel(0);
    std::vector<Rx> receivers;
    std::vector<std::unique_ptr<Waiting>> waiting;
    receivers.reserve(3);
    for (int i = 0; i < 3; ++i) {
        receivers.push_back(rx.clone());
        waiting.push_back(std::make_unique<Waiting>(receivers.back().changed()));
        CHECK(waiting.back()->poll().is_pending());
    }
    waiting[gone].reset();  // its memory too, which a sanitizer would see touched
    waiting.push_back(std::make_unique<Waiting>(rx.changed()));
    CHECK(waiting.back()->poll().is_pending());
    CHECK(tx.send(1).is_ok());
    for (auto const& one : waiting) {
        CHECK((one == nullptr || one->take_wakes() == 1));
    }
}

TEST_CASE("watch: borrow leaves a value unseen, borrow_and_update does not", "[async][watch]") {
    auto [tx, rx] = watch::channel(0);
    CHECK(tx.send(1).is_ok());
    CHECK(rx.borrow().has_changed());
    CHECK(rx.has_changed().unwrap());
    CHECK(rx.borrow_and_update().has_changed());
    CHECK_FALSE(rx.has_changed().unwrap());
    rx.mark_changed();
    CHECK(rx.has_changed().unwrap());
    rx.mark_unchanged();
    CHECK_FALSE(rx.borrow().has_changed());
}

TEST_CASE("watch: the last sender's end is told after the last value", "[async][watch]") {
    auto [tx, rx] = watch::channel(0);
    Tx second = tx.clone();
    CHECK(tx.send(1).is_ok());
    end(tx);
    CHECK(block_on(rx.changed()).is_ok());
    Polled changed(rx.changed());
    CHECK(changed.poll().is_pending());
    end(second);
    CHECK(changed.take_wakes() == 1);
    CHECK(changed.finish().unwrap_err().message() == "channel closed");
    CHECK(rx.has_changed().is_err());
    CHECK(*rx.borrow() == 1);
}

TEST_CASE("watch: send needs a receiver, send_replace does not", "[async][watch]") {
    auto [tx, rx] = watch::channel(1);
    Polled closed(tx.closed());
    CHECK(closed.poll().is_pending());
    CHECK(tx.receiver_count() == 1);
    end(rx);
    CHECK(closed.take_wakes() == 1);
    CHECK(closed.poll().is_ready());
    CHECK(tx.is_closed());
    CHECK(tx.send(2).unwrap_err().into_inner() == 2);
    CHECK(*tx.borrow() == 1);
    CHECK(tx.send_replace(3) == 1);

    Rx late = tx.subscribe();
    CHECK_FALSE(tx.is_closed());
    CHECK(*late.borrow() == 3);
    CHECK_FALSE(late.has_changed().unwrap());
}

TEST_CASE("watch: a dropped closed() leaves no waker", "[async][watch]") {
    auto [tx, rx] = watch::channel(1);
    Polled closed(tx.closed());
    CHECK(closed.poll().is_pending());
    closed.drop();
    CHECK(closed.wakers_alive() == 0);
    end(rx);
    CHECK(closed.take_wakes() == 0);
}

TEST_CASE("watch: the value is changed in place, and told only if it changed", "[async][watch]") {
    auto [tx, rx] = watch::channel(1);
    tx.send_modify([](int& value) { value += 1; });
    CHECK(*rx.borrow_and_update() == 2);
    CHECK_FALSE(tx.send_if_modified([](int&) { return false; }));
    CHECK_FALSE(rx.has_changed().unwrap());
    CHECK(tx.send_if_modified([](int& value) { return ++value == 3; }));
    CHECK(*rx.borrow_and_update() == 3);
    CHECK_THROWS_AS(tx.send_modify([](int&) { throw std::runtime_error("no"); }),
                    std::runtime_error);
    CHECK_FALSE(rx.has_changed().unwrap());
}

TEST_CASE("watch: wait_for takes the first value that fits, the present one too",
          "[async][watch]") {
    auto [tx, rx] = watch::channel(1);
    auto const is_odd = [](int value) { return value % 2 == 1; };
    CHECK(*block_on(rx.wait_for(is_odd)).unwrap() == 1);
    CHECK(tx.send(2).is_ok());
    {
        Polled odd(rx.wait_for(is_odd));
        CHECK(odd.poll().is_pending());
        CHECK(tx.send(4).is_ok());
        CHECK(odd.take_wakes() == 1);
        CHECK(odd.poll().is_pending());
        CHECK(tx.send(5).is_ok());
        CHECK(odd.take_wakes() == 1);
        CHECK(*odd.finish().unwrap() == 5);
        CHECK(odd.wakers_alive() == 0);
    }
    CHECK(tx.send(6).is_ok());
    end(tx);
    CHECK(block_on(rx.wait_for(is_odd)).is_err());
}

TEST_CASE("watch: a sender waits while the value is read", "[async][watch][threads]") {
    auto [tx, rx] = watch::channel(1);
    Threads threads;
    {
        auto const value = rx.borrow();
        auto const again = rx.borrow();  // readers do not exclude each other
        threads.start([mine = tx.clone()] { static_cast<void>(mine.send(2)); });
        tandem::testing::let_them_fall_asleep();
        CHECK(*value == 1);
    }
    threads.join();
    CHECK(*rx.borrow() == 2);
}

TEST_CASE("watch: receivers on threads see values grow, and the last one",
          "[async][watch][threads]") {
    constexpr int last = 5'000;
    auto [tx, rx] = watch::channel(0);
    std::vector<int> seen(3, 0);
    Threads threads;
    for (int& mine : seen) {
        threads.start([&mine, receiver = rx.clone()]() mutable {
            mine = block_on(follow(std::move(receiver)));
        });
    }
    for (int i = 1; i <= last; ++i) {
        CHECK(tx.send(i).is_ok());
    }
    end(tx);
    threads.join();
    CHECK(seen == std::vector<int>(3, last));
}
