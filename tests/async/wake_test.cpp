#include "tandem/async/wake.hpp"

#include <atomic>
#include <deque>
#include <utility>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/yield_now.hpp"

namespace {

using tandem::async::Context;
using tandem::async::make_waker;
using tandem::async::Wake;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::testing::on_threads;

struct Bell {
    using tandem_send = void;
    using tandem_sync = void;
    void wake() const { ++rung; }
    mutable std::atomic<int> rung{0};
};

/// Goes into a queue itself.
struct Job {
    using tandem_send = void;
    using tandem_sync = void;
    static void wake(Arc<Job> self) { queue.push_back(std::move(self)); }
    int number = 0;

    inline static std::deque<Arc<Job>> queue{};
};

struct Deaf {};

static_assert(Wake<Bell> && Wake<Job>);
static_assert(!Wake<Deaf> && !Wake<int>);

}  // namespace

TEST_CASE("make_waker: a wake calls the shared object", "[async][wake]") {
    auto const bell = make_arc<Bell>();
    Waker waker = make_waker(bell.clone());

    waker.wake_by_ref();
    CHECK(bell->rung == 1);
    waker.wake();
    CHECK(bell->rung == 2);
    waker.wake();  // it has ended
    CHECK(bell->rung == 2);
}

TEST_CASE("make_waker: wakers keep the object alive, and let it go", "[async][wake]") {
    auto const bell = make_arc<Bell>();
    {
        Waker first = make_waker(bell.clone());
        Waker const second = first.clone();
        CHECK(first.will_wake(second));
        first.wake();
        second.wake_by_ref();
        CHECK(bell.strong_count() == 2);
    }
    CHECK(bell.strong_count() == 1);
    CHECK(bell->rung == 2);
}

TEST_CASE("make_waker: a static wake is given the Arc, to queue it", "[async][wake]") {
    Waker waker = make_waker(make_arc<Job>(Job{.number = 3}));

    waker.wake_by_ref();
    waker.wake();

    REQUIRE(Job::queue.size() == 2);
    CHECK(Job::queue.front()->number == 3);
    CHECK(Job::queue.front().ptr_eq(Job::queue.back()));
    CHECK(Job::queue.front().strong_count() == 2);  // no waker holds it any more
    Job::queue.clear();
}

TEST_CASE("make_waker: makes a Context to poll with", "[async][wake]") {
    auto const bell = make_arc<Bell>();
    Waker const waker = make_waker(bell.clone());
    Context cx(waker);
    auto yielded = yield_now();

    CHECK(yielded.poll(cx).is_pending());
    CHECK(bell->rung == 1);
}

TEST_CASE("make_waker: woken, cloned and dropped by several threads", "[async][wake][threads]") {
    constexpr int threads = 4;
    constexpr int rounds = 2'000;
    auto const bell = make_arc<Bell>();
    {
        Waker const waker = make_waker(bell.clone());
        on_threads(threads, [&](int) {
            for (int i = 0; i < rounds; ++i) {
                Waker mine = waker.clone();
                mine.wake();
            }
        });
    }
    CHECK(bell->rung == threads * rounds);
    CHECK(bell.strong_count() == 1);
}
