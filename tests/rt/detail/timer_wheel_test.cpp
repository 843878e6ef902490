#include "tandem/rt/detail/timer_wheel.hpp"

#include <algorithm>
#include <cstdint>
#include <list>
#include <memory>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using tandem::rt::detail::end_of_time;
using tandem::rt::detail::Timer;
using tandem::rt::detail::TimerWheel;

static_assert(sizeof(Timer) == 40);
static_assert(!std::is_copy_constructible_v<TimerWheel>);

constexpr std::int64_t tick = 1 << 16;
constexpr std::int64_t turn = 64 * tick;  // of the lowest level

/// The deadlines of those that are due by `now`, as the wheel gives them.
std::vector<std::int64_t> pop_all(TimerWheel& wheel, std::int64_t now) {
    std::vector<std::int64_t> deadlines;
    while (Timer const* timer = wheel.pop_due(now)) {
        deadlines.push_back(timer->deadline());
    }
    return deadlines;
}

using Deadlines = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("TimerWheel: without timers there is nothing to wait for", "[rt][timer_wheel]") {
    TimerWheel wheel;
    CHECK(wheel.next_wake() == end_of_time);
    CHECK(wheel.pop_due(1'000'000'000) == nullptr);
    CHECK(wheel.pop_any() == nullptr);
    CHECK(wheel.next_wake() == end_of_time);
}

TEST_CASE("TimerWheel: a timer is due at its own nanosecond", "[rt][timer_wheel]") {
    std::int64_t const began = GENERATE(std::int64_t{0}, tick - 1, turn - 1, 12'345'678'901'234);
    std::int64_t const wait =
        GENERATE(std::int64_t{1}, tick - 1, tick, tick + 1, turn - 1, turn, turn + 1, 64 * turn,
                 4096 * turn + 7, 1'000'000'007, 86'400'000'000'000, 3'000'000'000'000'000'000);
    TimerWheel wheel;
    CHECK(wheel.pop_due(began) == nullptr);
    Timer timer(began + wait, false);
    wheel.insert(timer);

    CHECK(wheel.next_wake() == began + wait);
    CHECK(wheel.pop_due(began + wait - 1) == nullptr);
    CHECK(timer.is_linked());
    CHECK(wheel.next_wake() == began + wait);
    CHECK(wheel.pop_due(began + wait) == &timer);
    CHECK_FALSE(timer.is_linked());
    CHECK(wheel.next_wake() == end_of_time);
}

TEST_CASE("TimerWheel: timers are due in the order of their ticks", "[rt][timer_wheel]") {
    TimerWheel wheel;
    CHECK(wheel.pop_due(turn - 2 * tick) == nullptr);
    Deadlines const sorted{turn - tick, turn - 1,  turn,         turn + tick,
                           70 * turn,   71 * turn, 5'000 * turn, 300'000 * turn};
    std::list<Timer> timers;
    for (auto const deadline : {5, 2, 7, 0, 3, 1, 6, 4}) {
        wheel.insert(timers.emplace_back(sorted[static_cast<std::size_t>(deadline)], false));
    }

    SECTION("all at once") { CHECK(pop_all(wheel, 300'000 * turn) == sorted); }
    SECTION("one after the other") {
        for (std::int64_t const deadline : sorted) {
            CHECK(wheel.next_wake() == deadline);
            CHECK(pop_all(wheel, deadline) == Deadlines{deadline});
        }
    }
}

TEST_CASE("TimerWheel: those of one moment are due in the order in which they came",
          "[rt][timer_wheel]") {
    TimerWheel wheel;
    std::list<Timer> timers;
    std::int64_t const deadline = 100 * turn + 5;
    for (int i = 0; i < 3; ++i) {
        wheel.insert(timers.emplace_back(deadline, false));
        CHECK(wheel.pop_due(deadline - 50 * turn + 20 * i) == nullptr);
        wheel.insert(timers.emplace_back(deadline, false));
        CHECK(wheel.pop_due(deadline - 10 + i) == nullptr);
    }

    for (Timer const& timer : timers) {
        CHECK(wheel.pop_due(deadline) == &timer);
    }
}

TEST_CASE("TimerWheel: of one tick only those are due whose nanosecond has come",
          "[rt][timer_wheel]") {
    TimerWheel wheel;
    Timer early(3 * tick + 10, false);
    Timer late(3 * tick + 20, false);
    wheel.insert(late);
    wheel.insert(early);

    CHECK(wheel.next_wake() == early.deadline());
    CHECK(pop_all(wheel, 3 * tick + 19) == Deadlines{early.deadline()});
    CHECK(wheel.next_wake() == late.deadline());
    CHECK(pop_all(wheel, 3 * tick + 20) == Deadlines{late.deadline()});
}

TEST_CASE("TimerWheel: a deadline that is over is due at once", "[rt][timer_wheel]") {
    TimerWheel wheel;
    std::int64_t const now = 9 * turn + 77;
    CHECK(wheel.pop_due(now) == nullptr);
    Timer over(5, false);
    Timer before_time(-end_of_time, false);
    wheel.insert(over);
    wheel.insert(before_time);

    CHECK(wheel.next_wake() <= now);
    CHECK(pop_all(wheel, now) == Deadlines{5, -end_of_time});
}

TEST_CASE("TimerWheel: the end of time never comes", "[rt][timer_wheel]") {
    TimerWheel wheel;
    Timer timer(end_of_time, false);
    wheel.insert(timer);

    CHECK(wheel.next_wake() == end_of_time);
    CHECK(wheel.pop_due(end_of_time) == nullptr);
    CHECK(timer.is_linked());
    CHECK(wheel.pop_any() == &timer);
    CHECK(wheel.pop_any() == nullptr);
}

TEST_CASE("TimerWheel: one that is taken out is never due", "[rt][timer_wheel]") {
    TimerWheel wheel;
    Timer first(10 * turn, false);
    Timer second(10 * turn, false);
    Timer third(20 * turn, false);
    wheel.insert(first);
    wheel.insert(second);
    wheel.insert(third);

    SECTION("before its time") {
        first.unlink();
        CHECK(wheel.next_wake() == 10 * turn);
        second.unlink();
        CHECK(wheel.next_wake() == 20 * turn);
    }
    SECTION("when another of its time was due") {
        CHECK(wheel.pop_due(10 * turn) == &first);
        CHECK(wheel.next_wake() <= 10 * turn);
        second.unlink();
        CHECK(wheel.next_wake() == 20 * turn);
    }
    CHECK(pop_all(wheel, 30 * turn) == Deadlines{20 * turn});
}

TEST_CASE("TimerWheel: many of about the same time are looked at when that is near",
          "[rt][timer_wheel]") {
    TimerWheel wheel;
    std::list<Timer> timers;
    for (int i = 0; i < 1'000; ++i) {
        wheel.insert(timers.emplace_back(turn * 3 + 1'000 - i, false));
    }

    CHECK(wheel.next_wake() == 3 * turn);  // the beginning of their slot
    CHECK(wheel.pop_due(3 * turn) == nullptr);
    CHECK(wheel.next_wake() == 3 * turn + 1);
    CHECK(pop_all(wheel, 3 * turn + 1'000).size() == 1'000);
}

TEST_CASE("TimerWheel: pop_any empties it", "[rt][timer_wheel]") {
    TimerWheel wheel;
    std::list<Timer> timers;
    for (std::int64_t const deadline : {tick, tick, 5 * turn, 900 * turn, end_of_time}) {
        wheel.insert(timers.emplace_back(deadline, false));
    }
    CHECK(wheel.pop_due(tick) != nullptr);  // leaves one that is due

    for (int i = 0; i < 4; ++i) {
        CHECK(wheel.pop_any() != nullptr);
    }
    CHECK(wheel.pop_any() == nullptr);
    CHECK(wheel.next_wake() == end_of_time);
}

namespace {

/// The same as the wheel, in a way that cannot be wrong.
class Naive {
public:
    void insert(Timer& timer) { timers_.push_back(&timer); }
    void remove(Timer& timer) { std::erase(timers_, &timer); }

    [[nodiscard]] std::int64_t next() const {
        std::int64_t earliest = end_of_time;
        for (Timer const* timer : timers_) {
            earliest = std::min(earliest, timer->deadline());
        }
        return earliest;
    }
    std::vector<Timer*> pop_all(std::int64_t now) {
        std::vector<Timer*> due;
        std::erase_if(timers_, [&](Timer* timer) {
            bool const is_due = timer->deadline() <= now && timer->deadline() != end_of_time;
            if (is_due) {
                due.push_back(timer);
            }
            return is_due;
        });
        return due;
    }

private:
    std::vector<Timer*> timers_;
};

/// A wheel and a naive one, that are asked the same.
class Compared {
public:
    explicit Compared(unsigned seed) : random_(seed) {}

    void step() {
        switch (below(8)) {
            case 0:
            case 1:
            case 2: insert(now_ + wait()); break;
            case 3:
            case 4: remove(); break;
            case 5: advance(now_ + below(std::int64_t{1} << below(38))); break;
            case 6: advance(now_ + below(2 * tick)); break;
            default: advance(std::clamp(naive_.next(), now_, now_ + 100'000 * turn)); break;
        }
        check_next();
    }

    [[nodiscard]] bool is_same() const { return same_; }
    [[nodiscard]] std::size_t fired() const { return fired_; }

private:
    std::int64_t below(std::int64_t limit) {
        return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
    }
    /// Short and long ones alike, and now and then for ever or over already.
    std::int64_t wait() {
        std::int64_t const longest = std::int64_t{1} << below(46);
        switch (below(50)) {
            case 0: return -longest;
            case 1: return end_of_time - now_;
            default: return below(longest);
        }
    }

    void insert(std::int64_t deadline) {
        Timer& timer = *timers_.emplace_back(std::make_unique<Timer>(deadline, false));
        wheel_.insert(timer);
        naive_.insert(timer);
    }
    void remove() {
        if (timers_.empty()) {
            return;
        }
        auto& chosen =
            timers_[static_cast<std::size_t>(below(static_cast<std::int64_t>(timers_.size())))];
        chosen->unlink();
        naive_.remove(*chosen);
        std::swap(chosen, timers_.back());
        timers_.pop_back();
    }
    /// The same timers, in the order of their ticks.
    void advance(std::int64_t now) {
        std::int64_t last = std::exchange(now_, now);
        std::vector<Timer*> expected = naive_.pop_all(now);
        std::vector<Timer*> fired;
        while (Timer* timer = wheel_.pop_due(now)) {
            std::int64_t const due = std::max(timer->deadline(), last);
            same_ = same_ && !timer->is_linked() && due / tick >= last / tick;
            last = due / tick * tick;
            fired.push_back(timer);
        }
        fired_ += fired.size();
        std::ranges::sort(expected);
        std::ranges::sort(fired);
        same_ = same_ && expected == fired && wheel_.elapsed() == now;
        std::erase_if(timers_, [&](auto const& timer) {
            return std::ranges::binary_search(fired, timer.get());
        });
    }
    /// Never too late, and not too early for ever.
    void check_next() {
        std::int64_t const exact = naive_.next();
        std::int64_t const wake = wheel_.next_wake();
        bool const few = timers_.size() < 64;
        same_ = same_ && (few ? std::max(wake, now_) == std::max(exact, now_) : wake <= exact);
    }

    std::mt19937 random_;
    std::int64_t now_ = 0;
    TimerWheel wheel_;
    Naive naive_;
    std::vector<std::unique_ptr<Timer>> timers_;
    bool same_ = true;
    std::size_t fired_ = 0;
};

}  // namespace

TEST_CASE("TimerWheel: it does as a sorted list would", "[rt][timer_wheel]") {
    unsigned const seed = GENERATE(range(1U, 11U));
    Compared compared(seed);
    for (int i = 0; i < 10'000 && compared.is_same(); ++i) {
        compared.step();
    }
    CHECK(compared.is_same());
    CHECK(compared.fired() > 1'000);
}
