#include "tandem/async/mutex.hpp"

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::async::block_on;
using tandem::async::lock_owned;
using tandem::async::Mutex;
using tandem::async::MutexGuard;
using tandem::async::OwnedMutexGuard;
using tandem::async::Task;
using tandem::async::try_lock_owned;
using tandem::async::TryLockError;
using tandem::async::yield_now;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Threads;
using tandem::testing::Trace;

struct SaysNothing {
    SaysNothing() {}
    int* pointer = nullptr;
};
struct NotMovable {
    explicit NotMovable(int n) : number(n) {}
    NotMovable(NotMovable&&) = delete;
    int number;
};

[[maybe_unused]] constinit Mutex<int> global{0};

static_assert(!std::is_copy_constructible_v<Mutex<int>>);
static_assert(!std::is_move_constructible_v<Mutex<int>>);
static_assert(!std::is_convertible_v<int, Mutex<int>>);
static_assert(Send<Mutex<int>> && Sync<Mutex<int>>);
static_assert(!Send<Mutex<SaysNothing>> && !Sync<Mutex<SaysNothing>>);
static_assert(!std::is_copy_constructible_v<MutexGuard<int>>);
static_assert(std::is_nothrow_move_constructible_v<MutexGuard<int>>);
static_assert(Send<MutexGuard<int>> && Sync<MutexGuard<int>>);
static_assert(!Send<MutexGuard<SaysNothing>> && !Sync<MutexGuard<SaysNothing>>);
static_assert(Send<OwnedMutexGuard<int>> && !Send<OwnedMutexGuard<SaysNothing>>);
static_assert(Send<decltype(lock_owned(std::declval<Arc<Mutex<int>>>()))>);
static_assert(!Send<decltype(std::declval<Mutex<int>&>().lock())>);  // it borrows the mutex

template <class M>
concept LocksTemporary =
    requires { M().lock(); } || requires { M().try_lock(); } || requires { M().blocking_lock(); };
static_assert(!LocksTemporary<Mutex<int>>);  // the guard would outlive the mutex

}  // namespace

TEST_CASE("Mutex (async): a free one is locked at the first poll, and not before",
          "[async][mutex]") {
    Mutex<int> const mutex{1};
    Polled lock(mutex.lock());
    CHECK(mutex.try_lock().is_ok());

    {
        auto const guard = lock.poll().value();
        CHECK(*guard == 1);
        CHECK(mutex.try_lock().unwrap_err() == TryLockError());
        *guard = 2;
    }

    CHECK(*mutex.try_lock().unwrap() == 2);
    CHECK(lock.wakers_alive() == 0);
    CHECK(TryLockError().message() == "the lock is taken");
}

TEST_CASE("Mutex (async): first come, first served, and nobody comes between", "[async][mutex]") {
    Mutex<int> const mutex{0};
    std::optional guard(mutex.try_lock().unwrap());
    Polled first(mutex.lock());
    Polled second(mutex.lock());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    guard.reset();

    CHECK(first.take_wakes() == 1);
    CHECK(second.take_wakes() == 0);
    CHECK(mutex.try_lock().is_err());
    CHECK(Polled(mutex.lock()).poll().is_pending());
    CHECK(second.poll().is_pending());
    CHECK(first.poll().is_ready());
    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().is_ready());
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("Mutex (async): a dropped waiter hands the lock on", "[async][mutex]") {
    Mutex<int> const mutex{0};
    std::optional guard(mutex.try_lock().unwrap());
    Polled first(mutex.lock());
    Polled second(mutex.lock());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    SECTION("which it had been given") {
        guard.reset();
        first.drop();
    }
    SECTION("which it had not been given") {
        first.drop();
        guard.reset();
    }

    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().is_ready());
    CHECK(first.wakers_alive() == 0);
    CHECK(second.wakers_alive() == 0);
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("Mutex (async): its value is moved out, or built in place", "[async][mutex]") {
    Mutex<std::unique_ptr<int>> mutex{std::make_unique<int>(1)};
    *mutex.get_mut() = 3;
    CHECK(*std::move(mutex).into_inner() == 3);
    Mutex<NotMovable> const in_place{std::in_place, 7};
    CHECK(in_place.blocking_lock()->number == 7);
}

TEST_CASE("MutexGuard (async): a guard that is assigned unlocks what it held", "[async][mutex]") {
    Mutex<int> const one{1};
    Mutex<int> const two{2};
    auto guard = one.try_lock().unwrap();

    guard = two.try_lock().unwrap();

    CHECK(*guard == 2);
    CHECK(one.try_lock().is_ok());
    CHECK(two.try_lock().is_err());
    auto const moved = std::move(guard);
    CHECK_THROWS_AS(*guard, Panic);
    CHECK(*moved == 2);
}

namespace {

Task<void> fails_with(Mutex<int> const& mutex) {
    auto guard = co_await mutex.lock();
    *guard = 5;
    throw 1;
}

Task<void> add(Mutex<int> const& mutex, int times) {
    for (int i = 0; i < times; ++i) {
        auto guard = co_await mutex.lock();
        int const before = *guard;
        co_await yield_now();
        *guard = before + 1;
    }
}

Task<void> say(Mutex<Trace> const& trace, char const* first, char const* second) {
    auto guard = co_await trace.lock();
    guard->note(first);
    co_await yield_now();
    guard->note(second);
}

Task<int> add_owned(Arc<Mutex<int>> mutex) {
    auto guard = co_await lock_owned(mutex.clone());
    *guard += 1;
    co_return *guard;
}

}  // namespace

TEST_CASE("Mutex (async): an exception only unlocks", "[async][mutex]") {
    Mutex<int> const mutex{0};
    CHECK_THROWS_AS(block_on(fails_with(mutex)), int);
    CHECK(*mutex.try_lock().unwrap() == 5);
}

TEST_CASE("Mutex (async): a guard is held across a co_await", "[async][mutex]") {
    Mutex<Trace> const trace;
    Polled one(say(trace, "one begins", "one ends"));
    Polled two(say(trace, "two begins", "two ends"));
    CHECK(one.poll().is_pending());
    CHECK(two.poll().is_pending());
    CHECK(two.take_wakes() == 0);
    CHECK(one.poll().is_ready());
    CHECK(two.take_wakes() == 1);
    CHECK(two.poll().is_pending());
    CHECK(two.poll().is_ready());

    CHECK(trace.try_lock().unwrap()->take() ==
          std::vector<std::string>{"one begins", "one ends", "two begins", "two ends"});
}

TEST_CASE("Mutex (async): a task that is dropped with its guard unlocks", "[async][mutex]") {
    Mutex<int> const mutex{0};
    Polled task(add(mutex, 1));
    CHECK(task.poll().is_pending());
    CHECK(mutex.try_lock().is_err());
    task.drop();
    CHECK(mutex.try_lock().is_ok());
}

TEST_CASE("OwnedMutexGuard: it keeps its mutex alive", "[async][mutex]") {
    auto mutex = make_arc<Mutex<int>>(1);
    auto const weak = mutex.downgrade();
    CHECK(block_on(add_owned(mutex.clone())) == 2);
    std::optional guard(try_lock_owned(mutex.clone()).unwrap());
    CHECK(try_lock_owned(mutex.clone()).is_err());
    {
        Polled waits(lock_owned(std::move(mutex)));
        CHECK(waits.poll().is_pending());
        CHECK(weak.strong_count() == 2);
        guard.reset();
        CHECK(waits.take_wakes() == 1);
        guard.emplace(waits.poll().value());
    }
    CHECK(weak.strong_count() == 1);
    CHECK(**guard == 2);
    *guard = try_lock_owned(make_arc<Mutex<int>>(9)).unwrap();
    CHECK(weak.strong_count() == 0);
    CHECK(*guard->operator->() == 9);
}

TEST_CASE("Mutex (async): tasks on many threads exclude each other", "[async][mutex][threads]") {
    Mutex<int> const mutex{0};

    on_threads(4, [&](int) { block_on(add(mutex, 2'000)); });

    CHECK(*mutex.try_lock().unwrap() == 8'000);
}

TEST_CASE("Mutex (async): threads without tasks lock it too", "[async][mutex][threads]") {
    Mutex<int> const mutex{0};

    on_threads(4, [&](int i) {
        for (int n = 0; n < 5'000; ++n) {
            if (i % 2 == 0) {
                ++*mutex.blocking_lock();
            } else {
                ++*block_on(mutex.lock());
            }
        }
    });

    CHECK(*mutex.try_lock().unwrap() == 20'000);
}

TEST_CASE("Mutex (async): waiters that give up swallow no lock", "[async][mutex][threads]") {
    auto const mutex = make_arc<Mutex<int>>(0);

    on_threads(4, [&](int i) {
        for (int n = 0; n < 3'000; ++n) {
            if (i % 2 == 0) {
                ++*block_on(lock_owned(mutex.clone()));
            } else {
                Polled gives_up(mutex->lock());
                static_cast<void>(gives_up.poll());
                tandem::testing::spin_for(n % 50);
            }
        }
    });

    CHECK(*mutex->try_lock().unwrap() == 6'000);
}

TEST_CASE("Mutex (async): a guard may unlock on another thread", "[async][mutex][threads]") {
    Mutex<int> const mutex{0};
    Polled waits(mutex.lock());
    {
        auto guard = mutex.try_lock().unwrap();
        CHECK(waits.poll().is_pending());
        Threads threads;
        threads.start([mine = std::move(guard)] { *mine = 4; });
    }
    CHECK(waits.take_wakes() == 1);
    CHECK(*waits.poll().value() == 4);
}
