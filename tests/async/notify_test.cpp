#include "tandem/async/notify.hpp"

#include <atomic>
#include <deque>
#include <optional>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::Sync;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Notified;
using tandem::async::Notify;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::WakerVTable;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Threads;

[[maybe_unused]] constinit Notify global;

static_assert(!std::is_copy_constructible_v<Notify> && !std::is_move_constructible_v<Notify>);
static_assert(Send<Notify> && Sync<Notify>);
static_assert(!std::is_copy_constructible_v<Notified>);
static_assert(std::is_nothrow_move_constructible_v<Notified>);
static_assert(!Send<Notified>);  // it borrows its Notify

template <class N>
concept WaitsForTemporary = requires { N().notified(); };
static_assert(!WaitsForTemporary<Notify>);

}  // namespace

TEST_CASE("Notify: notify_one is kept for the next who comes, but once", "[async][notify]") {
    Notify const notify;
    notify.notify_one();
    notify.notify_one();

    CHECK(Polled(notify.notified()).poll().is_ready());
    CHECK(Polled(notify.notified()).poll().is_pending());
}

TEST_CASE("Notify: notify_one wakes the one who has waited longest, and no other",
          "[async][notify]") {
    Notify const notify;
    Polled first(notify.notified());
    Polled second(notify.notified());
    CHECK(second.poll().is_pending());  // it came first
    CHECK(first.poll().is_pending());

    notify.notify_one();

    CHECK(second.take_wakes() == 1);
    CHECK(first.take_wakes() == 0);
    CHECK(second.poll().is_ready());
    CHECK(first.poll().is_pending());
    CHECK(first.wakers_alive() == 1);
    CHECK(second.wakers_alive() == 0);
}

TEST_CASE("Notify: notify_last wakes the one who came last", "[async][notify]") {
    Notify const notify;
    Polled first(notify.notified());
    Polled second(notify.notified());
    Polled third(notify.notified());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());
    CHECK(third.poll().is_pending());

    notify.notify_last();
    CHECK(third.take_wakes() == 1);
    second.drop();
    notify.notify_last();
    CHECK(first.take_wakes() == 1);
    notify.notify_last();  // nobody left: kept

    CHECK(third.poll().is_ready());
    CHECK(first.poll().is_ready());
    CHECK(Polled(notify.notified()).poll().is_ready());
}

TEST_CASE("Notify: notify_waiters is for all who asked before, and is not kept",
          "[async][notify]") {
    Notify const notify;
    std::deque<Polled<Notified>> waits;
    for (int i = 0; i < 40; ++i) {  // more than are woken at once
        waits.emplace_back(notify.notified());
        CHECK(waits.back().poll().is_pending());
    }
    Polled unpolled(notify.notified());

    notify.notify_waiters();

    for (auto& wait : waits) {
        CHECK(wait.take_wakes() == 1);
        CHECK(wait.wakers_alive() == 0);
        CHECK(wait.poll().is_ready());
    }
    CHECK(unpolled.poll().is_ready());
    CHECK(Polled(notify.notified()).poll().is_pending());
}

TEST_CASE("Notify: notify_waiters leaves what notify_one has kept", "[async][notify]") {
    Notify const notify;
    notify.notify_one();
    notify.notify_waiters();
    CHECK(Polled(notify.notified()).poll().is_ready());
}

TEST_CASE("Notify: a waiter who is dropped hands notify_one on", "[async][notify]") {
    Notify const notify;
    Polled first(notify.notified());
    Polled second(notify.notified());
    Polled third(notify.notified());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    SECTION("to the next in the queue") {
        CHECK(third.poll().is_pending());
        notify.notify_one();
        first.drop();
        CHECK(second.take_wakes() == 1);
        CHECK(third.take_wakes() == 0);
        CHECK(second.poll().is_ready());
    }
    SECTION("to the last in the queue, if it was notify_last") {
        CHECK(third.poll().is_pending());
        notify.notify_last();
        third.drop();
        CHECK(second.take_wakes() == 1);
        CHECK(first.take_wakes() == 0);
    }
    SECTION("to one who is yet to come") {
        second.drop();
        notify.notify_one();
        first.drop();
        CHECK(third.poll().is_ready());
    }
    SECTION("but not a notify_waiters") {
        notify.notify_waiters();
        first.drop();
        second.drop();
        CHECK(Polled(notify.notified()).poll().is_pending());
    }
    SECTION("and not one that it has had") {
        notify.notify_one();
        CHECK(first.poll().is_ready());
        first.drop();
        CHECK(second.take_wakes() == 0);
    }
    first.drop();
    CHECK(first.wakers_alive() == 0);
}

TEST_CASE("Notify: a waiter who is dropped leaves the queue", "[async][notify]") {
    Notify const notify;
    Polled first(notify.notified());
    Polled second(notify.notified());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    first.drop();
    CHECK(first.wakers_alive() == 0);
    notify.notify_one();

    CHECK(second.take_wakes() == 1);
}

TEST_CASE("Notified: enable puts it in the queue without a poll", "[async][notify]") {
    Notify const notify;
    Polled early(notify.notified());
    Polled late(notify.notified());
    CHECK_FALSE(early.future().enable());
    CHECK_FALSE(early.future().enable());
    CHECK(late.poll().is_pending());

    notify.notify_one();

    CHECK(late.take_wakes() == 0);
    CHECK(early.future().enable());
    CHECK(early.poll().is_ready());

    notify.notify_one();
    Polled kept(notify.notified());
    CHECK(late.take_wakes() == 1);
    CHECK_FALSE(kept.future().enable());
    CHECK(kept.poll().is_pending());
    notify.notify_one();
    CHECK(kept.take_wakes() == 1);
}

TEST_CASE("Notified: it is polled with another waker", "[async][notify]") {
    Notify const notify;
    auto wait = notify.notified();
    tandem::testing::CountingWaker old_counts;
    tandem::testing::CountingWaker new_counts;
    {
        Waker const waker = old_counts.waker();
        Context cx(waker);
        CHECK(wait.poll(cx).is_pending());
    }
    Waker const waker = new_counts.waker();
    Context cx(waker);
    CHECK(wait.poll(cx).is_pending());
    CHECK(old_counts.alive() == 0);

    notify.notify_one();

    CHECK(new_counts.wakes() == 1);
}

namespace {

/// A waker that notifies, waits and gives up whenever it is cloned, called or dropped.
struct Reentrant {
    Notify notify;
    int entered = 0;
    int depth = 0;

    static void enter(void const* data) noexcept {
        Reentrant& self = *static_cast<Reentrant*>(const_cast<void*>(data));
        ++self.entered;
        if (self.depth == 0) {
            ++self.depth;
            Polled waits(self.notify.notified());
            static_cast<void>(waits.poll());
            self.notify.notify_one();
            self.notify.notify_waiters();
            --self.depth;
        }
    }
    static void const* clone(void const* data) noexcept {
        enter(data);
        return data;
    }
    static constexpr WakerVTable functions{
        .clone = &clone, .wake = &enter, .wake_by_ref = &enter, .drop = &enter};
};

/// Waits for a turn of the wheel, the way that misses none.
Task<void> wait_until(std::atomic<int> const& turn, int wanted, Notify const& notify) {
    for (;;) {
        auto next = notify.notified();
        if (turn >= wanted) {
            co_return;
        }
        co_await std::move(next);
    }
}

}  // namespace

TEST_CASE("Notify: a waker may come back to it", "[async][notify]") {
    Reentrant reentrant;
    {
        Waker const waker(&reentrant, Reentrant::functions);
        Context cx(waker);
        auto first = reentrant.notify.notified();
        auto second = reentrant.notify.notified();
        static_cast<void>(first.poll(cx));
        static_cast<void>(second.poll(cx));
        reentrant.notify.notify_one();
        reentrant.notify.notify_waiters();
    }
    CHECK(reentrant.entered > 0);  // a deadlock hangs
}

TEST_CASE("Notify: who waits from within a wake-up waits for the next", "[async][notify]") {
    struct Again {
        Notify notify;
        std::optional<Polled<Notified>> next;

        static void const* clone(void const* data) noexcept { return data; }
        static void drop(void const*) noexcept {}
        static void wake(void const* data) noexcept {
            auto& self = *static_cast<Again*>(const_cast<void*>(data));
            if (!self.next) {
                self.notify.notify_one();  // the others are notified already: it is kept
                CHECK(Polled(self.notify.notified()).poll().is_ready());
                self.next.emplace(self.notify.notified());
                static_cast<void>(self.next->poll());
            }
        }
    } again;
    static constexpr WakerVTable functions{.clone = &Again::clone,
                                           .wake = &Again::wake,
                                           .wake_by_ref = &Again::wake,
                                           .drop = &Again::drop};
    Waker const waker(&again, functions);
    Context cx(waker);
    std::deque<Notified> waits;
    for (int i = 0; i < 40; ++i) {
        waits.push_back(again.notify.notified());
        static_cast<void>(waits.back().poll(cx));
    }

    again.notify.notify_waiters();

    REQUIRE(again.next);
    CHECK(again.next->take_wakes() == 0);
    CHECK(again.next->poll().is_pending());
}

TEST_CASE("Notify: each notify_one reaches a thread, though others give up",
          "[async][notify][threads]") {
    constexpr int rounds = 3'000;
    Notify const there;
    Notify const back;
    std::atomic<bool> over{false};
    Threads gives_up;
    gives_up.start([&] {
        while (!over) {
            Polled wait(there.notified());
            if (wait.poll().is_ready()) {
                there.notify_one();  // it was not ours
            }
        }
    });

    on_threads(2, [&](int i) {
        for (int n = 0; n < rounds; ++n) {
            if (i == 0) {
                there.notify_one();
                block_on(back.notified());
            } else {
                block_on(there.notified());
                back.notify_one();
            }
        }
    });
    over = true;
    gives_up.join();

    CHECK(Polled(there.notified()).poll().is_pending());
}

TEST_CASE("Notify: notify_waiters reaches all threads", "[async][notify][threads]") {
    constexpr int turns = 1'000;
    Notify const notify;
    Notify const seen;
    std::atomic<int> turn{0};
    std::atomic<int> ready{0};

    on_threads(4, [&](int i) {
        for (int n = 1; n <= turns; ++n) {
            if (i == 0) {
                turn = n;
                notify.notify_waiters();
                block_on(wait_until(ready, 3 * n, seen));
            } else {
                block_on(wait_until(turn, n, notify));
                ++ready;
                seen.notify_waiters();
            }
        }
    });

    CHECK(ready == 3 * turns);
}
