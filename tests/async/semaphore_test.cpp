#include "tandem/async/semaphore.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
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
using tandem::async::acquire_many_owned;
using tandem::async::acquire_owned;
using tandem::async::AcquireError;
using tandem::async::block_on;
using tandem::async::OwnedSemaphorePermit;
using tandem::async::Semaphore;
using tandem::async::SemaphorePermit;
using tandem::async::Task;
using tandem::async::try_acquire_many_owned;
using tandem::async::try_acquire_owned;
using tandem::async::TryAcquireError;
using tandem::async::Waker;
using tandem::async::WakerVTable;
using tandem::async::yield_now;
using tandem::sync::make_arc;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Threads;

[[maybe_unused]] constinit Semaphore global{3};

static_assert(!std::is_copy_constructible_v<Semaphore> && !std::is_move_constructible_v<Semaphore>);
static_assert(!std::is_convertible_v<std::size_t, Semaphore>);
static_assert(Send<Semaphore> && Sync<Semaphore>);
static_assert(!std::is_copy_constructible_v<SemaphorePermit>);
static_assert(std::is_nothrow_move_constructible_v<SemaphorePermit>);
static_assert(Send<SemaphorePermit> && Send<OwnedSemaphorePermit>);
static_assert(Send<Semaphore::AcquireOwned> && !Send<Semaphore::Acquire>);
static_assert(Send<AcquireError> && Send<TryAcquireError>);

}  // namespace

TEST_CASE("Semaphore: free permits are there at the first poll", "[async][semaphore]") {
    Semaphore const semaphore{2};
    Polled first(semaphore.acquire());
    CHECK(semaphore.available_permits() == 2);  // nothing happens before the first poll

    {
        auto const permit = first.poll().value().unwrap();
        CHECK(permit.num_permits() == 1);
        CHECK(semaphore.available_permits() == 1);
    }

    CHECK(semaphore.available_permits() == 2);
    CHECK(first.wakers_alive() == 0);
}

TEST_CASE("Semaphore: a permit goes to the one who has waited longest", "[async][semaphore]") {
    Semaphore const semaphore{1};
    std::optional held(semaphore.try_acquire().unwrap());
    Polled first(semaphore.acquire());
    Polled second(semaphore.acquire());
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());
    CHECK(first.wakers_alive() == 1);

    held.reset();

    CHECK(first.take_wakes() == 1);
    CHECK(second.take_wakes() == 0);
    CHECK(semaphore.try_acquire().is_err());  // it is promised already
    CHECK(second.poll().is_pending());
    CHECK(first.poll().is_ready());  // the permit ends at once
    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().is_ready());
    CHECK(semaphore.available_permits() == 1);
}

TEST_CASE("Semaphore: one who wants many is not passed by", "[async][semaphore]") {
    Semaphore const semaphore{2};
    Polled many(semaphore.acquire_many(3));
    Polled one(semaphore.acquire());

    CHECK(many.poll().is_pending());
    CHECK(semaphore.available_permits() == 0);  // it keeps the two
    CHECK(one.poll().is_pending());
    CHECK(semaphore.try_acquire().unwrap_err().is_no_permits());
    semaphore.add_permits(2);

    CHECK(many.take_wakes() == 1);
    CHECK(one.take_wakes() == 1);
    CHECK(many.poll().value().unwrap().num_permits() == 3);
    CHECK(one.poll().value().unwrap().num_permits() == 1);
    CHECK(semaphore.available_permits() == 4);
}

TEST_CASE("Semaphore: a dropped waiter hands on what it was given", "[async][semaphore]") {
    Semaphore const semaphore{2};
    Polled many(semaphore.acquire_many(3));
    Polled next(semaphore.acquire());
    CHECK(many.poll().is_pending());
    CHECK(next.poll().is_pending());

    SECTION("part of what it wanted") {
        many.drop();
        CHECK(next.take_wakes() == 1);
        CHECK(next.poll().is_ready());
        CHECK(semaphore.available_permits() == 2);
    }
    SECTION("all that it wanted, though it did not know yet") {
        semaphore.add_permits(1);
        CHECK(many.take_wakes() == 1);
        many.drop();
        CHECK(next.take_wakes() == 1);
        CHECK(next.poll().is_ready());
        CHECK(semaphore.available_permits() == 3);
    }
    SECTION("nothing") {
        next.drop();
        semaphore.add_permits(1);
        CHECK(many.poll().is_ready());
        CHECK(semaphore.available_permits() == 3);
    }
    CHECK(many.wakers_alive() == 0);
    CHECK(next.wakers_alive() == 0);
    CHECK(semaphore.try_acquire().is_ok());  // nobody is believed to wait
}

TEST_CASE("Semaphore: the waker of the last poll is the one that is called", "[async][semaphore]") {
    Semaphore const semaphore{0};
    auto acquire = semaphore.acquire();
    tandem::testing::CountingWaker old_counts;
    tandem::testing::CountingWaker new_counts;
    {
        Waker const waker = old_counts.waker();
        tandem::async::Context cx(waker);
        CHECK(acquire.poll(cx).is_pending());
        CHECK(acquire.poll(cx).is_pending());
        CHECK(old_counts.alive() == 2);  // polled twice, kept once
    }
    Waker const waker = new_counts.waker();
    tandem::async::Context cx(waker);
    CHECK(acquire.poll(cx).is_pending());
    CHECK(old_counts.alive() == 0);

    semaphore.add_permits(1);

    CHECK(old_counts.wakes() == 0);
    CHECK(new_counts.wakes() == 1);
    CHECK(acquire.poll(cx).is_ready());
}

TEST_CASE("Semaphore: close tells all who wait, and all who come", "[async][semaphore]") {
    Semaphore const semaphore{1};
    Polled many(semaphore.acquire_many(2));
    CHECK(many.poll().is_pending());
    std::deque<Polled<Semaphore::Acquire>> others;  // one that waits is not moved
    for (int i = 0; i < 40; ++i) {                  // more than are woken at once
        others.emplace_back(semaphore.acquire());
        CHECK(others.back().poll().is_pending());
    }
    CHECK_FALSE(semaphore.is_closed());

    semaphore.close();

    CHECK(semaphore.is_closed());
    CHECK(many.take_wakes() == 1);
    CHECK(many.poll().value().unwrap_err() == AcquireError());
    for (auto& other : others) {
        CHECK(other.take_wakes() == 1);
        auto const end = other.poll().value();
        CHECK(end.is_err());
    }
    CHECK(semaphore.try_acquire().unwrap_err().is_closed());
    CHECK(Polled(semaphore.acquire()).poll().value().is_err());
    CHECK(AcquireError().message() == "the semaphore is closed");
}

TEST_CASE("Semaphore: closed, it keeps count of what comes back", "[async][semaphore]") {
    Semaphore const semaphore{2};
    Polled many(semaphore.acquire_many(3));
    CHECK(many.poll().is_pending());

    semaphore.close();
    CHECK(many.poll().value().is_err());

    CHECK(semaphore.available_permits() == 2);
}

TEST_CASE("Semaphore: no permits wanted is no wait", "[async][semaphore]") {
    Semaphore const semaphore{0};
    Polled one(semaphore.acquire());
    CHECK(one.poll().is_pending());

    CHECK(Polled(semaphore.acquire_many(0)).poll().value().unwrap().num_permits() == 0);
    CHECK(semaphore.try_acquire_many(0).is_ok());
}

TEST_CASE("Semaphore: forget_permits takes what is free, and no more", "[async][semaphore]") {
    Semaphore const semaphore{3};
    auto const permit = semaphore.try_acquire().unwrap();

    CHECK(semaphore.forget_permits(1) == 1);
    CHECK(semaphore.available_permits() == 1);
    CHECK(semaphore.forget_permits(5) == 1);
    CHECK(semaphore.available_permits() == 0);
}

TEST_CASE("Semaphore: too many permits panic", "[async][semaphore]") {
    CHECK_THROWS_AS(Semaphore{Semaphore::max_permits + 1}, Panic);
    Semaphore const semaphore{Semaphore::max_permits};
    CHECK_THROWS_AS(semaphore.add_permits(1), Panic);
    CHECK_THROWS_AS(semaphore.acquire_many(Semaphore::max_permits + 1), Panic);
    CHECK(semaphore.try_acquire_many(Semaphore::max_permits).is_ok());
}

TEST_CASE("Semaphore: a future that was ready panics when it is polled again",
          "[async][semaphore]") {
    Semaphore const semaphore{1};
    Polled acquire(semaphore.acquire());
    CHECK(acquire.poll().is_ready());
    CHECK_THROWS_AS(static_cast<void>(acquire.poll()), Panic);
}

TEST_CASE("SemaphorePermit: it is forgotten, merged, split and moved", "[async][semaphore]") {
    Semaphore const semaphore{4};
    Semaphore const other{1};
    auto one = semaphore.try_acquire().unwrap();
    auto two = semaphore.try_acquire_many(2).unwrap();

    one.merge(std::move(two));
    CHECK(one.num_permits() == 3);
    CHECK_THROWS_AS(one.merge(other.try_acquire().unwrap()), Panic);
    CHECK(other.available_permits() == 1);

    CHECK_FALSE(one.split(4));
    auto part = one.split(2);
    REQUIRE(part);
    CHECK(part->num_permits() == 2);
    CHECK(one.num_permits() == 1);

    *part = std::move(one);  // gives the two back
    CHECK(semaphore.available_permits() == 3);
    std::move(*part).forget();
    part.reset();
    CHECK(semaphore.available_permits() == 3);
}

TEST_CASE("OwnedSemaphorePermit: it keeps its semaphore alive", "[async][semaphore]") {
    auto semaphore = make_arc<Semaphore>(3U);
    auto waits = acquire_many_owned(semaphore.clone(), 2);
    CHECK(semaphore.strong_count() == 2);
    Polled polled(std::move(waits));
    std::optional permit(polled.poll().value().unwrap());
    auto second = try_acquire_owned(semaphore.clone()).unwrap();
    CHECK(try_acquire_owned(semaphore.clone()).unwrap_err().is_no_permits());
    CHECK(permit->semaphore().ptr_eq(semaphore));

    permit->merge(std::move(second));
    auto part = permit->split(1);
    REQUIRE(part);
    CHECK(permit->num_permits() == 2);
    CHECK(part->num_permits() == 1);
    *part = *std::exchange(permit, std::nullopt);
    CHECK(semaphore->available_permits() == 1);
    std::move(*part).forget();

    auto const weak = semaphore.downgrade();
    { auto const last = std::move(semaphore); }
    CHECK(weak.strong_count() == 1);
    part.reset();
    CHECK(weak.strong_count() == 0);
}

TEST_CASE("OwnedSemaphorePermit: the last owner may be a waiter", "[async][semaphore]") {
    auto semaphore = make_arc<Semaphore>(0U);
    auto const weak = semaphore.downgrade();
    Polled waits(acquire_owned(std::move(semaphore)));
    CHECK(waits.poll().is_pending());
    CHECK(weak.strong_count() == 1);

    waits.drop();

    CHECK(weak.strong_count() == 0);
    CHECK(waits.wakers_alive() == 0);
}

namespace {

/// A waker that takes a permit and gives it back whenever it is cloned, called or dropped.
struct Reentrant {
    Semaphore semaphore{1};
    std::atomic<int> entered{0};

    static Reentrant& of(void const* data) {
        return *static_cast<Reentrant*>(const_cast<void*>(data));
    }
    static void enter(void const* data) noexcept {
        Reentrant& self = of(data);
        ++self.entered;
        self.semaphore.add_permits(0);
        self.semaphore.add_permits(1);
        self.semaphore.forget_permits(1);
        Polled waits(self.semaphore.acquire_many(100));
        static_cast<void>(waits.poll());
    }
    static void const* clone(void const* data) noexcept {
        enter(data);
        return data;
    }
    static constexpr WakerVTable functions{
        .clone = &clone, .wake = &enter, .wake_by_ref = &enter, .drop = &enter};
};

Task<void> hold_one(Semaphore const& semaphore, std::atomic<int>& inside, std::atomic<int>& wrong,
                    int rounds, std::size_t n) {
    for (int i = 0; i < rounds; ++i) {
        auto permit = (co_await semaphore.acquire_many(n)).unwrap();
        int const now = inside += static_cast<int>(n);
        wrong += now > 3 ? 1 : 0;
        co_await yield_now();
        inside -= static_cast<int>(n);
    }
}

}  // namespace

TEST_CASE("Semaphore: a waker may come back to it", "[async][semaphore]") {
    Reentrant reentrant;
    {
        Waker const waker(&reentrant, Reentrant::functions);
        tandem::async::Context cx(waker);
        auto held = reentrant.semaphore.try_acquire().unwrap();
        auto first = reentrant.semaphore.acquire();
        auto second = reentrant.semaphore.acquire();
        CHECK(first.poll(cx).is_pending());
        CHECK(second.poll(cx).is_pending());
        { auto const end = std::move(held); }
        reentrant.semaphore.close();
    }
    CHECK(reentrant.entered >= 4);  // a deadlock hangs
}

TEST_CASE("Semaphore: never more holders than permits, and none is lost",
          "[async][semaphore][threads]") {
    Semaphore const semaphore{3};
    std::atomic<int> inside{0};
    std::atomic<int> wrong{0};

    on_threads(4, [&](int i) {
        block_on(hold_one(semaphore, inside, wrong, 2'000, static_cast<std::size_t>(i % 3 + 1)));
    });

    CHECK(wrong == 0);
    CHECK(semaphore.available_permits() == 3);
}

TEST_CASE("Semaphore: waiters that give up lose no permit", "[async][semaphore][threads]") {
    Semaphore const semaphore{1};

    on_threads(4, [&](int i) {
        for (int round = 0; round < 2'000; ++round) {
            if (i % 2 == 0) {
                auto const permit = block_on(semaphore.acquire()).unwrap();
            } else {
                Polled gives_up(semaphore.acquire());
                static_cast<void>(gives_up.poll());
            }
        }
    });

    CHECK(semaphore.available_permits() == 1);
}

TEST_CASE("Semaphore: a permit that waiters left over shows what its giver wrote",
          "[async][semaphore][threads]") {
    Semaphore const semaphore{0};
    Polled waits(semaphore.acquire());
    CHECK(waits.poll().is_pending());
    int written = 0;  // not atomic: the permit orders it
    int seen = 0;

    on_threads(2, [&](int i) {
        if (i == 0) {
            written = 1;
            semaphore.add_permits(2);  // one for who waits, one for who comes
        } else {
            while (semaphore.try_acquire().is_err()) {}
            seen = written;
        }
    });

    CHECK(seen == 1);
    CHECK(waits.poll().is_ready());
}

TEST_CASE("Semaphore: close reaches threads that sleep", "[async][semaphore][threads]") {
    Semaphore const semaphore{0};
    std::atomic<int> told{0};
    {
        Threads threads;
        for (int i = 0; i < 3; ++i) {
            threads.start([&] { told += block_on(semaphore.acquire()).is_err() ? 1 : 0; });
        }
        tandem::testing::let_them_fall_asleep();
        semaphore.close();
    }
    CHECK(told == 3);
}
