#include "tandem/async/detail/atomic_waker.hpp"

#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/poll_fn.hpp"

namespace {

using namespace tandem::async;
using tandem::async::detail::AtomicWaker;
using tandem::testing::CountingWaker;
using tandem::testing::on_threads;
using tandem::testing::spin_for;
using tandem::testing::Threads;

static_assert(!std::is_copy_constructible_v<AtomicWaker>);
static_assert(!std::is_move_constructible_v<AtomicWaker>);

/// A waker whose functions come back to the place that holds it.
struct Meddler {
    AtomicWaker* place = nullptr;
    int wakes = 0;
    bool on_clone = false;
    bool on_drop = false;

    Waker waker() { return Waker(this, functions); }

    static Meddler& of(void const* data) { return *static_cast<Meddler*>(const_cast<void*>(data)); }
    static void const* clone(void const* data) noexcept {
        if (std::exchange(of(data).on_clone, false)) {
            of(data).place->wake();
        }
        return data;
    }
    static void wake(void const* data) noexcept { wake_by_ref(data); }
    static void wake_by_ref(void const* data) noexcept {
        ++of(data).wakes;
        of(data).place->wake();
    }
    static void drop(void const* data) noexcept {
        if (std::exchange(of(data).on_drop, false)) {
            of(data).place->wake();
        }
    }
    static constexpr WakerVTable functions{
        .clone = &clone, .wake = &wake, .wake_by_ref = &wake_by_ref, .drop = &drop};
};

}  // namespace

TEST_CASE("AtomicWaker: a wake calls the waker that registered, once", "[async][atomic_waker]") {
    CountingWaker counts;
    Waker const waker = counts.waker();
    AtomicWaker place;
    place.wake();  // nobody there

    place.register_waker(waker);
    CHECK(counts.alive() == 2);
    place.wake();
    place.wake();

    CHECK(counts.wakes() == 1);
    CHECK(counts.alive() == 1);
}

TEST_CASE("AtomicWaker: a second registration takes the place of the first",
          "[async][atomic_waker]") {
    CountingWaker first;
    CountingWaker second;
    Waker const first_waker = first.waker();
    Waker const second_waker = second.waker();
    AtomicWaker place;

    place.register_waker(first_waker);
    place.register_waker(second_waker);
    CHECK(first.alive() == 1);
    place.wake();

    CHECK(first.wakes() == 0);
    CHECK(second.wakes() == 1);
}

TEST_CASE("AtomicWaker: take gives the waker without calling it", "[async][atomic_waker]") {
    CountingWaker counts;
    Waker const waker = counts.waker();
    AtomicWaker place;
    place.register_waker(waker);

    CHECK(place.take().has_value());
    CHECK_FALSE(place.take().has_value());
    CHECK(counts.wakes() == 0);
    CHECK(counts.alive() == 1);
}

TEST_CASE("AtomicWaker: its end drops the waker", "[async][atomic_waker]") {
    CountingWaker counts;
    Waker const waker = counts.waker();
    {
        AtomicWaker place;
        place.register_waker(waker);
        CHECK(counts.alive() == 2);
    }
    CHECK(counts.alive() == 1);
}

TEST_CASE("AtomicWaker: a waker whose clone wakes the place is woken itself",
          "[async][atomic_waker]") {
    AtomicWaker place;
    Meddler meddler{&place, 0, true, false};
    Waker const waker = meddler.waker();

    place.register_waker(waker);

    CHECK(meddler.wakes == 1);
    CHECK_FALSE(place.take().has_value());
}

TEST_CASE("AtomicWaker: a waker may come back when it is dropped", "[async][atomic_waker]") {
    AtomicWaker place;
    Meddler old{&place, 0, false, false};
    CountingWaker counts;
    Waker const first = old.waker();
    Waker const second = counts.waker();
    place.register_waker(first);
    old.on_drop = true;

    place.register_waker(second);  // drops the first, which wakes

    CHECK(counts.wakes() == 1);
}

TEST_CASE("AtomicWaker: no wake is lost between a registration and the look after it",
          "[async][atomic_waker][threads]") {
    for (int round = 0; round < 2'000; ++round) {
        AtomicWaker place;
        std::atomic<bool> there{false};
        int value = 0;
        on_threads(2, [&](int i) {
            if (i == 0) {
                spin_for(round % 50);
                value = 1;
                there.store(true, std::memory_order_relaxed);  // the place alone orders them
                place.wake();
                return;
            }
            spin_for(25);
            block_on(poll_fn([&](Context& cx) {
                place.register_waker(cx.waker());
                return there.load(std::memory_order_relaxed) ? Poll<void>::ready()
                                                             : Poll<void>::pending();
            }));
        });
        REQUIRE(value == 1);
    }
}

TEST_CASE("AtomicWaker: several threads may wake at once", "[async][atomic_waker][threads]") {
    constexpr int wakers = 3;
    for (int round = 0; round < 500; ++round) {
        AtomicWaker place;
        std::atomic<int> done{0};
        Threads threads;
        for (int i = 0; i < wakers; ++i) {
            threads.start([&] {
                ++done;
                place.wake();
            });
        }
        block_on(poll_fn([&](Context& cx) {
            place.register_waker(cx.waker());
            return done == wakers ? Poll<void>::ready() : Poll<void>::pending();
        }));
        threads.join();
        REQUIRE(done == wakers);
    }
}
