#include "tandem/rt/detail/time_driver.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/core/detail/parker.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/detail/timer_entry.hpp"

namespace {

using tandem::Panic;
using tandem::async::block_on;
using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::Waker;
using tandem::async::WakerVTable;
using tandem::detail::Parker;
using tandem::detail::steady_nanoseconds;
using tandem::rt::detail::Clock;
using tandem::rt::detail::DriverUnpark;
using tandem::rt::detail::end_of_time;
using tandem::rt::detail::TimeDriver;
using tandem::rt::detail::TimerEntry;
using tandem::rt::detail::TimeShared;
using tandem::testing::CountingWaker;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Threads;

static_assert(sizeof(TimerEntry) == 48);
static_assert(!std::is_copy_constructible_v<TimerEntry>);
static_assert(std::is_nothrow_move_constructible_v<TimerEntry>);

constexpr std::int64_t ms = 1'000'000;

/// A runtime's timers, whose thread is the test: nothing happens by itself.
class Timers final : public DriverUnpark {
public:
    explicit Timers(Clock::Pausing pausing = Clock::Pausing::allowed)
        : shared_(TimeShared::create(*this, pausing)) {}
    Timers(Timers const&) = delete;
    Timers& operator=(Timers const&) = delete;
    ~Timers() { shared_->remove_owner(); }

    [[nodiscard]] TimeShared& shared() noexcept { return *shared_; }
    TimeDriver* operator->() noexcept { return &shared_->driver; }

    [[nodiscard]] int take_unparks() noexcept { return std::exchange(unparks_, 0); }
    void unpark_driver() noexcept override { ++unparks_; }

private:
    TimeShared* shared_;
    int unparks_ = 0;
};

/// A future of a moment on some driver's clock.
class Wait {
public:
    using Output = void;

    Wait(TimeShared& time, std::int64_t deadline) : time_(&time), entry(deadline, false) {}
    Wait(Timers& timers, std::int64_t deadline) : Wait(timers.shared(), deadline) {}

    Poll<void> poll(Context& cx) {
        return entry.poll_on(*time_, cx) ? Poll<void>::ready() : Poll<void>::pending();
    }

private:
    TimeShared* time_;

public:
    TimerEntry entry;
};

/// Timers of a clock that stands still.
class PausedTimers {
public:
    PausedTimers() { timers->pause(); }

    [[nodiscard]] std::int64_t in(std::int64_t nanoseconds) {
        return timers->clock().now() + nanoseconds;
    }
    [[nodiscard]] Polled<Wait> wait(std::int64_t nanoseconds) {
        return Polled<Wait>(Wait(timers, in(nanoseconds)));
    }
    void advance(std::int64_t nanoseconds) {
        timers->advance(nanoseconds);
        timers->fire_due();
    }

    Timers timers;
};

}  // namespace

TEST_CASE("TimeDriver: without timers it sleeps for ever", "[rt][time]") {
    Timers timers;
    timers->fire_due();
    CHECK(timers->next_deadline().is_never());
    timers->fire_due();
}

TEST_CASE("TimeDriver: it sleeps until the first timer, and wakes who waits for it", "[rt][time]") {
    Timers timers;
    std::int64_t const began = steady_nanoseconds();
    Polled late(Wait(timers, began + 60'000 * ms));
    Polled early(Wait(timers, began + 2 * ms));
    CHECK(late.poll().is_pending());
    CHECK(early.poll().is_pending());

    CHECK(timers->next_deadline().nanoseconds == began + 2 * ms);
    while (steady_nanoseconds() < began + 2 * ms) {
        timers->fire_due();
    }
    timers->fire_due();

    CHECK(early.take_wakes() == 1);
    CHECK(early.wakers_alive() == 0);
    CHECK(early.poll().is_ready());
    CHECK(timers->next_deadline().nanoseconds == began + 60'000 * ms);
}

TEST_CASE("TimeDriver: a time that is over needs no wait", "[rt][time]") {
    Timers timers;
    for (std::int64_t const deadline :
         {std::int64_t{0}, -end_of_time, steady_nanoseconds() - 1, steady_nanoseconds()}) {
        Polled wait(Wait(timers, deadline));
        CHECK(wait.poll().is_ready());
        CHECK(wait.poll().is_ready());  // as often as you like
    }
    CHECK(timers->next_deadline().is_never());
}

TEST_CASE("TimeDriver: a timer fires at its nanosecond, not before", "[rt][time]") {
    PausedTimers paused;
    std::int64_t const wait =
        GENERATE(std::int64_t{1}, 65'535, 65'536, ms, 4'194'304, 300 * ms, 86'400'000 * ms);
    Polled polled = paused.wait(wait);
    CHECK(polled.poll().is_pending());

    paused.advance(wait - 1);
    CHECK(polled.take_wakes() == 0);
    CHECK(polled.poll().is_pending());

    paused.advance(1);
    CHECK(polled.take_wakes() == 1);
    CHECK(polled.poll().is_ready());
}

TEST_CASE("TimeDriver: the end of time never comes", "[rt][time]") {
    PausedTimers paused;
    Polled polled(Wait(paused.timers, end_of_time));
    CHECK(polled.poll().is_pending());
    CHECK_FALSE(paused.timers->advance_to_next());
    paused.advance(std::numeric_limits<std::int64_t>::max());
    CHECK(paused.timers->clock().now() == end_of_time);
    CHECK(polled.poll().is_pending());
    CHECK(paused.timers->next_deadline().is_never());

    polled.future().entry.reset(7);
    CHECK(polled.take_wakes() == 1);
}

TEST_CASE("TimeDriver: only an earlier timer unparks, and only one who sleeps", "[rt][time]") {
    Timers timers;
    std::int64_t const now = steady_nanoseconds();
    std::deque<Polled<Wait>> waits;
    auto const wait_until = [&](std::int64_t deadline) {
        CHECK(waits.emplace_back(Wait(timers, deadline)).poll().is_pending());
        return timers.take_unparks();
    };

    CHECK(wait_until(now + 5'000 * ms) == 0);
    CHECK_FALSE(timers->next_deadline().is_never());  // asleep from here on
    CHECK(wait_until(now + 6'000 * ms) == 0);
    CHECK(wait_until(now + 4'000 * ms) == 1);
    CHECK(wait_until(now + 4'500 * ms) == 0);  // it was told so much already
    CHECK(wait_until(now + 3'000 * ms) == 1);
    timers->fire_due();  // awake
    CHECK(wait_until(now + 2'000 * ms) == 0);

    waits.clear();
    CHECK(timers->next_deadline().is_never());
    CHECK(wait_until(now + 9'000 * ms) == 1);
}

TEST_CASE("TimeDriver: a timer that is dropped is not waited for", "[rt][time]") {
    Timers timers;
    std::int64_t const now = steady_nanoseconds();
    Polled first(Wait(timers, now + 1'000 * ms));
    Polled second(Wait(timers, now + 2'000 * ms));
    CHECK(first.poll().is_pending());
    CHECK(second.poll().is_pending());

    first.drop();
    CHECK(first.wakers_alive() == 0);
    CHECK(timers->next_deadline().nanoseconds == now + 2'000 * ms);
    second.drop();
    CHECK(timers->next_deadline().is_never());
    CHECK(first.take_wakes() + second.take_wakes() == 0);
}

TEST_CASE("TimeDriver: many timers fire, though they do not fit into one batch", "[rt][time]") {
    PausedTimers paused;
    std::deque<Polled<Wait>> waits;
    for (int i = 0; i < 200; ++i) {
        waits.push_back(paused.wait((10 + i % 3) * ms));
        CHECK(waits.back().poll().is_pending());
    }

    paused.advance(11 * ms);

    for (std::size_t i = 0; i < waits.size(); ++i) {
        CHECK(waits[i].take_wakes() == (i % 3 == 2 ? 0 : 1));
        CHECK(waits[i].poll().is_ready() == (i % 3 != 2));
    }
}

TEST_CASE("TimeDriver: who polls last is woken", "[rt][time]") {
    PausedTimers paused;
    Wait wait(paused.timers, paused.in(ms));
    std::array<CountingWaker, 2> tasks;
    auto const poll_by = [&wait](CountingWaker const& task) {
        Waker const waker = task.waker();
        Context cx(waker);
        return wait.poll(cx).is_ready();
    };

    CHECK_FALSE(poll_by(tasks[0]));
    CHECK_FALSE(poll_by(tasks[1]));
    CHECK(tasks[0].alive() == 0);
    CHECK(tasks[1].alive() == 1);
    paused.advance(ms);

    CHECK(tasks[0].wakes() == 0);
    CHECK(tasks[1].wakes() == 1);
    CHECK(poll_by(tasks[0]));
}

TEST_CASE("TimerEntry: reset gives it another time", "[rt][time]") {
    PausedTimers paused;
    Polled wait = paused.wait(10 * ms);
    auto& entry = wait.future().entry;
    std::int64_t const began = paused.in(0);

    SECTION("before it was polled") {
        entry.reset(began + 20 * ms);
        CHECK(wait.poll().is_pending());
        paused.advance(20 * ms - 1);
        CHECK(wait.poll().is_pending());
        paused.advance(1);
    }
    SECTION("later, while it waits") {
        CHECK(wait.poll().is_pending());
        entry.reset(began + 20 * ms);
        paused.advance(20 * ms - 1);
        CHECK(wait.take_wakes() == 0);
        CHECK(wait.poll().is_pending());
        paused.advance(1);
        CHECK(wait.take_wakes() == 1);
    }
    SECTION("earlier, which wakes a thread that sleeps longer") {
        CHECK(wait.poll().is_pending());
        static_cast<void>(paused.timers->next_deadline());
        entry.reset(began + 5 * ms);
        CHECK(paused.timers.take_unparks() == 1);
        paused.advance(5 * ms);
        CHECK(wait.take_wakes() == 1);
    }
    SECTION("to a time that is over") {
        CHECK(wait.poll().is_pending());
        entry.reset(began - 1);
        CHECK(wait.take_wakes() == 1);  // who waits finds out
    }
    SECTION("when it has fired, and nobody has looked") {
        CHECK(wait.poll().is_pending());
        paused.advance(10 * ms);
        entry.reset(began + 20 * ms);
        CHECK(wait.poll().is_pending());
        paused.advance(10 * ms);
        CHECK(wait.take_wakes() == 2);
    }
    SECTION("when it was ready") {
        CHECK(wait.poll().is_pending());
        paused.advance(10 * ms);
        CHECK(wait.poll().is_ready());
        entry.reset(began + 20 * ms);
        CHECK(wait.poll().is_pending());
        paused.advance(10 * ms);
    }
    CHECK(wait.poll().is_ready());
    CHECK(wait.wakers_alive() == 0);
}

TEST_CASE("TimerEntry: one that is moved waits no longer until it is polled", "[rt][time]") {
    PausedTimers paused;
    Wait wait(paused.timers, paused.in(ms));
    Polled first(std::move(wait));
    CHECK(first.poll().is_pending());

    Polled second(std::move(first.future()));
    CHECK(first.wakers_alive() == 0);
    CHECK(paused.timers->next_deadline().is_never());
    CHECK(second.poll().is_pending());
    first.drop();
    paused.advance(ms);

    CHECK(second.take_wakes() == 1);
    CHECK(second.poll().is_ready());
}

TEST_CASE("TimeDriver: advance_to_next goes to the next timer, and no further", "[rt][time]") {
    PausedTimers paused;
    std::int64_t const began = paused.in(0);
    CHECK_FALSE(paused.timers->advance_to_next());
    std::deque<Polled<Wait>> waits;
    for (std::int64_t const wait : {2 * ms, 1 * ms, 2 * ms, 3'600'000 * ms}) {
        CHECK(waits.emplace_back(Wait(paused.timers, began + wait)).poll().is_pending());
    }

    CHECK(paused.timers->advance_to_next());
    CHECK(paused.in(0) == began + 1 * ms);
    CHECK(paused.timers->advance_to_next());
    CHECK(paused.in(0) == began + 2 * ms);
    CHECK(waits[0].take_wakes() + waits[2].take_wakes() == 2);
    CHECK(waits[3].take_wakes() == 0);

    paused.timers->inhibit_auto_advance();
    CHECK_FALSE(paused.timers->advance_to_next());
    paused.timers->allow_auto_advance();
    CHECK(paused.timers->advance_to_next());
    CHECK(paused.in(0) == began + 3'600'000 * ms);
    CHECK_FALSE(paused.timers->advance_to_next());
}

TEST_CASE("TimeDriver: advance_to_next wakes first those who are due already", "[rt][time]") {
    PausedTimers paused;
    std::int64_t const began = paused.in(0);
    Polled due = paused.wait(1 * ms);
    Polled later = paused.wait(9 * ms);
    CHECK(due.poll().is_pending());
    CHECK(later.poll().is_pending());
    paused.timers->advance(5 * ms);

    CHECK(paused.timers->advance_to_next());
    CHECK(due.take_wakes() == 1);
    CHECK(paused.in(0) == began + 5 * ms);
    CHECK(paused.timers->advance_to_next());
    CHECK(later.take_wakes() == 1);
    CHECK(paused.in(0) == began + 9 * ms);
}

TEST_CASE("TimeDriver: advance_to_next is exact for many timers as well", "[rt][time]") {
    PausedTimers paused;
    std::int64_t const began = paused.in(0);
    std::deque<Polled<Wait>> waits;
    for (std::int64_t i = 300; i > 0; --i) {
        CHECK(waits.emplace_back(Wait(paused.timers, began + 3'600'000 * ms + i))
                  .poll()
                  .is_pending());
    }
    for (std::int64_t i = 1; i <= 300; ++i) {
        CHECK(paused.timers->advance_to_next());
        CHECK(paused.in(0) == began + 3'600'000 * ms + i);
        CHECK(waits[static_cast<std::size_t>(300 - i)].take_wakes() == 1);
    }
}

TEST_CASE("TimeDriver: a paused clock stands still, and goes on from there", "[rt][time]") {
    Timers timers;
    CHECK_FALSE(timers->advance_to_next());
    timers->pause();
    std::int64_t const began = timers->clock().now();
    Polled wait(Wait(timers, began + 3 * ms));
    CHECK(wait.poll().is_pending());

    CHECK(timers->next_deadline().is_never());  // no sleep brings it nearer
    timers->advance(2 * ms);
    CHECK(timers.take_unparks() == 1);  // another thread may have done it
    CHECK(timers->clock().now() == began + 2 * ms);
    timers->advance(1 * ms);
    CHECK_FALSE(timers->next_deadline().is_never());  // it is due now
    timers->fire_due();
    CHECK(wait.take_wakes() == 1);

    timers->advance(3'600'000 * ms);
    timers->resume();
    std::int64_t const later = timers->clock().now();
    CHECK(later >= began + 3'600'003 * ms);
    CHECK(later < began + 3'700'000 * ms);
    Polled next(Wait(timers, later + 5'000 * ms));
    CHECK(next.poll().is_pending());
    std::int64_t const sleeps = timers->next_deadline().nanoseconds - steady_nanoseconds();
    CHECK(sleeps <= 5'000 * ms);
    CHECK(sleeps > 0);
}

TEST_CASE("TimeDriver: a clock that may not be paused, or is not, says so", "[rt][time]") {
    Timers several_threads(Clock::Pausing::refused);
    CHECK_THROWS_AS(several_threads->pause(), Panic);
    Timers timers;
    CHECK_THROWS_AS(timers->resume(), Panic);
    CHECK_THROWS_AS(timers->advance(ms), Panic);
    timers->pause();
    CHECK_THROWS_AS(timers->pause(), Panic);
    timers->resume();
    timers->pause();
}

TEST_CASE("TimeDriver: shutdown wakes all, and no timer waits any more", "[rt][time]") {
    PausedTimers paused;
    std::deque<Polled<Wait>> waits;
    for (int i = 0; i < 100; ++i) {
        waits.emplace_back(Wait(paused.timers, i == 0 ? end_of_time : paused.in((1 + i) * ms)));
        CHECK(waits.back().poll().is_pending());
    }
    paused.advance(2 * ms);
    CHECK(waits[1].take_wakes() == 1);

    paused.timers->shutdown();

    CHECK(waits[1].take_wakes() == 0);
    CHECK(waits[1].poll().is_ready());  // it had fired before
    CHECK(waits[0].take_wakes() == 1);
    waits[0].future().entry.reset(0);  // too late for that
    for (std::size_t i = 2; i < waits.size(); ++i) {
        CHECK(waits[i].take_wakes() == 1);
        CHECK_THROWS_AS(waits[i].poll(), Panic);
    }
    Polled another = paused.wait(ms);
    CHECK_THROWS_AS(another.poll(), Panic);
    CHECK(paused.timers->next_deadline().is_never());
    paused.timers->shutdown();
}

TEST_CASE("TimerEntry: it may outlive its runtime", "[rt][time]") {
    auto paused = std::make_unique<PausedTimers>();
    Polled waits = paused->wait(2 * ms);
    Polled fired = paused->wait(1 * ms);
    Polled is_reset = paused->wait(2 * ms);
    CHECK(waits.poll().is_pending());
    CHECK(fired.poll().is_pending());
    CHECK(is_reset.poll().is_pending());
    paused->advance(1 * ms);

    paused.reset();

    CHECK(waits.take_wakes() == 1);
    is_reset.future().entry.reset(0);
    CHECK(fired.poll().is_ready());
    CHECK_THROWS_AS(waits.poll(), Panic);
}

namespace {

/// A waker that starts, looks at, resets and drops timers whenever it is cloned, called or dropped.
struct Reentrant {
    PausedTimers paused;
    std::deque<std::unique_ptr<Polled<Wait>>> others;
    int entered = 0;
    int depth = 0;

    static void enter(void const* data) noexcept {
        auto& self = *static_cast<Reentrant*>(const_cast<void*>(data));
        ++self.entered;
        if (self.depth == 0) {
            ++self.depth;
            Polled wait = self.paused.wait(ms);
            static_cast<void>(wait.poll());
            wait.future().entry.reset(0);
            self.paused.timers->fire_due();
            if (!self.others.empty()) {
                self.others.pop_back();
            }
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

}  // namespace

TEST_CASE("TimeDriver: a waker may come back to it", "[rt][time]") {
    Reentrant reentrant;
    for (int i = 0; i < 100; ++i) {
        auto& other = reentrant.others.emplace_back(
            std::make_unique<Polled<Wait>>(Wait(reentrant.paused.timers, reentrant.paused.in(ms))));
        CHECK(other->poll().is_pending());
    }
    {
        Waker const waker(&reentrant, Reentrant::functions);
        Context cx(waker);
        Wait fires(reentrant.paused.timers, reentrant.paused.in(ms));
        Wait dropped(reentrant.paused.timers, reentrant.paused.in(ms));
        static_cast<void>(fires.poll(cx));
        static_cast<void>(dropped.poll(cx));
        static_cast<void>(dropped.poll(cx));
        reentrant.paused.advance(ms);
        static_cast<void>(fires.poll(cx));
    }
    CHECK(reentrant.entered > 4);  // a deadlock hangs
}

namespace {

/// A thread that sleeps for all the timers, as that of a runtime does.
class TimeThread final : public DriverUnpark {
public:
    TimeThread() : shared_(TimeShared::create(*this)) {
        threads_.start([this] {
            while (!over_.load()) {
                parker_.park_until(shared_->driver.next_deadline());
                shared_->driver.fire_due();
            }
            shared_->driver.shutdown();
        });
    }
    TimeThread(TimeThread const&) = delete;
    TimeThread& operator=(TimeThread const&) = delete;
    ~TimeThread() {
        end();
        shared_->remove_owner();
    }

    [[nodiscard]] TimeShared& shared() noexcept { return *shared_; }
    void unpark_driver() noexcept override { parker_.unpark(); }

    void end() {
        over_ = true;
        parker_.unpark();
        threads_.join();
    }

private:
    TimeShared* shared_;
    Parker parker_;
    std::atomic<bool> over_{false};
    Threads threads_;
};

/// Up to so many nanoseconds.
class RandomWait {
public:
    explicit RandomWait(int seed) : random_(static_cast<unsigned>(seed) + 1) {}

    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }

private:
    std::minstd_rand random_;
};

}  // namespace

TEST_CASE("TimeDriver: every wait on a thread ends, and not too early", "[rt][time][threads]") {
    TimeThread time;
    std::atomic<int> too_early{0};

    on_threads(3, [&](int i) {
        RandomWait random(i);
        for (int n = 0; n < 300; ++n) {
            std::int64_t const deadline = steady_nanoseconds() + random.below(300'000);
            block_on(Wait(time.shared(), deadline));  // a lost wake-up hangs
            too_early += steady_nanoseconds() < deadline ? 1 : 0;
        }
    });

    CHECK(too_early == 0);
}

TEST_CASE("TimeDriver: timers come, go and change on all threads while others fire",
          "[rt][time][threads]") {
    TimeThread time;
    std::atomic<int> wrong{0};

    on_threads(3, [&](int i) {
        RandomWait random(i);
        for (int n = 0; n < 3'000; ++n) {
            std::int64_t const now = steady_nanoseconds();
            Polled wait(Wait(time.shared(), now + random.below(50'000)));
            bool ready = wait.poll().is_ready();
            switch (random.below(4)) {
                case 0: break;  // dropped, perhaps as it fires
                case 1: wait.future().entry.reset(now + random.below(100'000)); break;
                case 2:
                    wait.future().entry.reset(end_of_time);
                    wrong += wait.poll().is_ready() ? 1 : 0;
                    break;
                default:
                    while (!ready) {
                        ready = wait.poll().is_ready();
                    }
                    wrong += steady_nanoseconds() < wait.future().entry.deadline() ? 1 : 0;
            }
        }
    });

    CHECK(wrong == 0);
}

TEST_CASE("TimeDriver: timers that were given to other threads outlive it there",
          "[rt][time][threads]") {
    for (int round = 0; round < 200; ++round) {
        auto time = std::make_unique<TimeThread>();
        std::array<std::optional<Polled<Wait>>, 3> waits;
        for (std::size_t i = 0; i < waits.size(); ++i) {
            std::int64_t const deadline = i == 0 ? end_of_time : steady_nanoseconds() + 20'000;
            static_cast<void>(waits[i].emplace(Wait(time->shared(), deadline)).poll());
        }
        on_threads(4, [&](int i) {
            if (i == 3) {
                time.reset();
            } else {
                waits[static_cast<std::size_t>(i)].reset();
            }
        });
    }
}
