#include "tandem/async/waker.hpp"

#include <type_traits>
#include <utility>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/send.hpp"

namespace {

using tandem::Send;
using tandem::Sync;
using tandem::async::Context;
using tandem::async::Waker;
using tandem::testing::CountingWaker;
using tandem::testing::on_threads;

static_assert(!std::is_copy_constructible_v<Waker> && !std::is_copy_assignable_v<Waker>);
static_assert(std::is_nothrow_move_constructible_v<Waker>);
static_assert(std::is_nothrow_move_assignable_v<Waker>);
static_assert(Send<Waker> && Sync<Waker>);
static_assert(sizeof(Waker) == 2 * sizeof(void*));
static_assert(std::is_constructible_v<Context, Waker&>);
static_assert(!std::is_constructible_v<Context, Waker>);  // it would dangle

}  // namespace

TEST_CASE("Waker: wake ends it, wake_by_ref does not", "[async][waker]") {
    CountingWaker const counts;
    Waker waker = counts.waker();

    waker.wake_by_ref();
    CHECK(counts.wakes() == 1);
    CHECK(counts.alive() == 1);

    waker.wake();
    CHECK(counts.wakes() == 2);
    CHECK(counts.alive() == 0);

    waker.wake();
    waker.wake_by_ref();
    CHECK(counts.wakes() == 2);
}

TEST_CASE("Waker: each clone is an owner of its own", "[async][waker]") {
    CountingWaker const counts;
    {
        Waker const first = counts.waker();
        Waker second = first.clone();
        CHECK(counts.alive() == 2);
        second.wake();
        CHECK(counts.alive() == 1);
    }
    CHECK(counts.alive() == 0);
}

TEST_CASE("Waker: moving hands ownership on, and ends what was there before", "[async][waker]") {
    CountingWaker const counts;
    CountingWaker const others;
    Waker first = counts.waker();
    Waker second = std::move(first);
    CHECK(counts.alive() == 1);
    first.wake_by_ref();  // wakes nobody
    CHECK(counts.wakes() == 0);

    Waker third = others.waker();
    third = std::move(second);

    CHECK(others.alive() == 0);
    third.wake();
    CHECK(counts.wakes() == 1);
}

TEST_CASE("Waker: assigned to itself it stays as it is", "[async][waker]") {
    CountingWaker const counts;
    Waker waker = counts.waker();
    Waker& same = waker;

    waker = std::move(same);

    CHECK(counts.alive() == 1);
    waker.wake();
    CHECK(counts.wakes() == 1);
}

TEST_CASE("Waker: noop wakes nobody, and noops are alike", "[async][waker]") {
    Waker noop = Waker::noop();

    CHECK(noop.will_wake(Waker::noop()));
    CHECK(noop.will_wake(noop.clone()));
    noop.wake_by_ref();
    noop.wake();
}

TEST_CASE("Waker: will_wake tells one task's wakers from another's", "[async][waker]") {
    int first = 0;
    int second = 0;
    Waker const one(&first, Waker::noop().vtable());

    CHECK(one.will_wake(Waker(&first, Waker::noop().vtable())));
    CHECK_FALSE(one.will_wake(Waker(&second, Waker::noop().vtable())));
    CHECK_FALSE(one.will_wake(CountingWaker().waker()));
    CHECK(one.data() == &first);
}

TEST_CASE("Context: refers to the waker it was given", "[async][waker]") {
    CountingWaker const counts;
    Waker const waker = counts.waker();
    Context const cx(waker);

    cx.waker().wake_by_ref();

    CHECK(&cx.waker() == &waker);
    CHECK(counts.wakes() == 1);
}

TEST_CASE("Waker: may be used from several threads at once", "[async][waker][threads]") {
    CountingWaker const counts;
    {
        Waker const shared = counts.waker();
        on_threads(3, [&](int) {
            for (int i = 0; i < 1'000; ++i) {
                Waker mine = shared.clone();
                mine.wake();
                shared.wake_by_ref();
            }
        });
    }
    CHECK(counts.wakes() == 6'000);
    CHECK(counts.alive() == 0);
}
