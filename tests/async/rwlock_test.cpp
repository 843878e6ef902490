#include "tandem/async/rwlock.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

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
using tandem::async::RwLock;
using tandem::async::RwLockReadGuard;
using tandem::async::RwLockWriteGuard;
using tandem::async::Task;
using tandem::async::TryLockError;
using tandem::async::yield_now;
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

[[maybe_unused]] constinit RwLock<int> global{0};

static_assert(!std::is_copy_constructible_v<RwLock<int>>);
static_assert(!std::is_move_constructible_v<RwLock<int>>);
static_assert(!std::is_convertible_v<int, RwLock<int>>);
static_assert(Send<RwLock<int>> && Sync<RwLock<int>>);
static_assert(!Send<RwLock<SaysNothing>> && !Sync<RwLock<SaysNothing>>);
static_assert(Send<RwLock<SendOnly>> && !Sync<RwLock<SendOnly>>);
static_assert(!std::is_copy_constructible_v<RwLockReadGuard<int>>);
static_assert(!std::is_copy_constructible_v<RwLockWriteGuard<int>>);
static_assert(Send<RwLockReadGuard<int>> && Send<RwLockWriteGuard<int>>);
static_assert(!Send<RwLockReadGuard<SendOnly>> && !Send<RwLockWriteGuard<SendOnly>>);
static_assert(std::is_same_v<decltype(*std::declval<RwLockReadGuard<int>&>()), int const&>);
static_assert(std::is_same_v<decltype(*std::declval<RwLockWriteGuard<int>&>()), int&>);

template <class L>
concept LocksTemporary = requires { L().read(); } || requires { L().write(); } ||
                         requires { L().try_read(); } || requires { L().try_write(); } ||
                         requires { L().blocking_read(); } || requires { L().blocking_write(); };
static_assert(!LocksTemporary<RwLock<int>>);  // the guard would outlive the lock

}  // namespace

TEST_CASE("RwLock (async): many read at once, one writes alone", "[async][rwlock]") {
    RwLock<int> const lock{1};
    {
        auto const one = lock.try_read().unwrap();
        auto const two = block_on(lock.read());
        CHECK(*one + *two == 2);
        CHECK(lock.try_write().unwrap_err() == TryLockError());
    }
    {
        auto const writer = block_on(lock.write());
        *writer = 2;
        CHECK(lock.try_read().is_err());
        CHECK(lock.try_write().is_err());
    }
    CHECK(*lock.blocking_read() == 2);
    *lock.blocking_write() = 3;
    CHECK(*lock.try_read().unwrap() == 3);
}

TEST_CASE("RwLock (async): a writer who waits stops new readers", "[async][rwlock]") {
    RwLock<int> const lock{1};
    std::optional reads(lock.try_read().unwrap());
    Polled writer(lock.write());
    Polled reader(lock.read());
    CHECK(writer.poll().is_pending());
    CHECK(reader.poll().is_pending());
    CHECK(lock.try_read().is_err());

    reads.reset();

    CHECK(writer.take_wakes() == 1);
    CHECK(reader.take_wakes() == 0);
    {
        auto const guard = writer.poll().value();
        CHECK(reader.poll().is_pending());
    }
    CHECK(reader.take_wakes() == 1);
    CHECK(reader.poll().is_ready());
}

TEST_CASE("RwLock (async): a writer that is done lets all readers in, up to the next writer",
          "[async][rwlock]") {
    RwLock<int> const lock{1};
    std::optional writes(lock.try_write().unwrap());
    std::deque<Polled<decltype(lock.read())>> readers;
    for (int i = 0; i < 40; ++i) {  // more than are woken at once
        readers.emplace_back(lock.read());
        CHECK(readers.back().poll().is_pending());
    }
    Polled writer(lock.write());
    Polled last(lock.read());
    CHECK(writer.poll().is_pending());
    CHECK(last.poll().is_pending());

    writes.reset();

    std::deque<RwLockReadGuard<int>> guards;
    for (auto& reader : readers) {
        CHECK(reader.take_wakes() == 1);
        guards.push_back(reader.poll().value());
    }
    CHECK(writer.poll().is_pending());
    CHECK(last.poll().is_pending());
    guards.clear();
    CHECK(writer.take_wakes() == 1);
    CHECK(last.take_wakes() == 0);
    CHECK(writer.poll().is_ready());
    CHECK(last.take_wakes() == 1);
    CHECK(last.poll().is_ready());
    CHECK(lock.try_write().is_ok());
}

TEST_CASE("RwLock (async): a dropped writer lets those behind it in", "[async][rwlock]") {
    RwLock<int> const lock{1};
    auto const reads = lock.try_read().unwrap();
    Polled writer(lock.write());
    Polled reader(lock.read());
    CHECK(writer.poll().is_pending());
    CHECK(reader.poll().is_pending());

    writer.drop();

    CHECK(reader.take_wakes() == 1);
    CHECK(reader.poll().is_ready());
    CHECK(writer.wakers_alive() == 0);
    CHECK(lock.try_read().is_ok());
}

TEST_CASE("RwLock (async): a writer goes on as a reader, and no writer comes between",
          "[async][rwlock]") {
    RwLock<int> const lock{1};
    auto writes = lock.try_write().unwrap();
    Polled reader(lock.read());
    Polled writer(lock.write());
    CHECK(reader.poll().is_pending());
    CHECK(writer.poll().is_pending());
    *writes = 2;

    std::optional reads(std::move(writes).downgrade());

    CHECK(**reads == 2);
    CHECK(reader.take_wakes() == 1);
    CHECK(writer.take_wakes() == 0);
    CHECK(*reader.poll().value() == 2);
    CHECK(writer.poll().is_pending());
    CHECK_THROWS_AS(*writes, Panic);
    CHECK_THROWS_AS(std::move(writes).downgrade(), Panic);
    reads.reset();
    CHECK(writer.take_wakes() == 1);
    CHECK(writer.poll().is_ready());
}

TEST_CASE("RwLock (async): a guard that is assigned leaves what it held", "[async][rwlock]") {
    RwLock<int> const one{1};
    RwLock<int> const two{2};
    auto reads = one.try_read().unwrap();
    reads = two.try_read().unwrap();
    CHECK(*reads == 2);
    CHECK(one.try_write().is_ok());
    CHECK(two.try_write().is_err());

    auto writes = one.try_write().unwrap();
    auto moved = std::move(reads);
    CHECK_THROWS_AS(*reads, Panic);
    { auto const end = std::move(moved); }
    writes = two.try_write().unwrap();
    CHECK(*writes == 2);
    CHECK(one.try_write().is_ok());
    CHECK(two.try_read().is_err());
}

TEST_CASE("RwLock (async): its value is moved out", "[async][rwlock]") {
    RwLock<std::unique_ptr<int>> lock{std::make_unique<int>(1)};
    *lock.get_mut() = 3;
    CHECK(*std::move(lock).into_inner() == 3);
    RwLock<std::atomic<int>> const in_place{std::in_place, 7};
    CHECK(*in_place.blocking_read() == 7);
}

namespace {

struct Pair {
    int one = 0;
    int other = 0;
};

Task<void> write_pairs(RwLock<Pair> const& lock, int times) {
    for (int i = 0; i < times; ++i) {
        auto guard = co_await lock.write();
        ++guard->one;
        co_await yield_now();
        ++guard->other;
    }
}

Task<void> read_pairs(RwLock<Pair> const& lock, int times, std::atomic<int>& wrong) {
    for (int i = 0; i < times; ++i) {
        auto guard = co_await lock.read();
        int const one = guard->one;
        co_await yield_now();
        wrong += one == guard->other ? 0 : 1;
    }
}

Task<void> downgrade_pairs(RwLock<Pair> const& lock, int times, std::atomic<int>& wrong) {
    for (int i = 0; i < times; ++i) {
        auto writes = co_await lock.write();
        int const mine = ++writes->one;
        writes->other = mine;
        auto reads = std::move(writes).downgrade();
        co_await yield_now();
        wrong += mine == reads->one && mine == reads->other ? 0 : 1;
    }
}

}  // namespace

TEST_CASE("RwLock (async): readers never see half of what a writer does",
          "[async][rwlock][threads]") {
    RwLock<Pair> const lock;
    std::atomic<int> wrong{0};

    on_threads(4, [&](int i) {
        if (i == 0) {
            block_on(write_pairs(lock, 1'000));
        } else if (i == 1) {
            block_on(downgrade_pairs(lock, 1'000, wrong));
        } else {
            block_on(read_pairs(lock, 2'000, wrong));
        }
    });

    CHECK(wrong == 0);
    CHECK(lock.try_write().unwrap()->one == 2'000);
}

TEST_CASE("RwLock (async): waiters that give up swallow nothing", "[async][rwlock][threads]") {
    RwLock<int> const lock{0};

    on_threads(4, [&](int i) {
        for (int n = 0; n < 2'000; ++n) {
            switch (i) {
                case 0: ++*lock.blocking_write(); break;
                case 1: static_cast<void>(*lock.blocking_read()); break;
                default:
                    Polled gives_up(lock.write());
                    static_cast<void>(gives_up.poll());
                    tandem::testing::spin_for(n % 50);
            }
        }
    });

    CHECK(*lock.try_write().unwrap() == 2'000);
}
