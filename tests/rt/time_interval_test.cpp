#include "tandem/rt/time/interval.hpp"

#include <chrono>
#include <initializer_list>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/time/pause.hpp"

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using tandem::Panic;
using tandem::Send;
using tandem::async::Future;
using tandem::async::select_biased;
using tandem::async::Task;
using tandem::rt::time::advance;
using tandem::rt::time::Instant;
using tandem::rt::time::Interval;
using tandem::rt::time::interval;
using tandem::rt::time::interval_at;
using tandem::rt::time::MissedTickBehavior;
using tandem::rt::time::sleep;
using tandem::rt::time::Tick;
using tandem::testing::on_paused_runtime;
using tandem::testing::Polled;

static_assert(Send<Interval>);
static_assert(Future<Tick> && !Send<Tick>);
static_assert(!std::is_copy_constructible_v<Interval>);
static_assert(std::is_move_constructible_v<Interval>);

template <class I>
concept TicksAsTemporary = requires { I(Instant::at(0), 1ms).tick(); };
static_assert(!TicksAsTemporary<Interval>);

using Ticks = std::vector<milliseconds>;

/// The ticks that are due now, counted from `start`.
Ticks due(Interval& ticks, Instant start) {
    Ticks times;
    for (;;) {
        auto const tick = Polled(ticks.tick()).poll();
        if (tick.is_pending()) {
            return times;
        }
        times.push_back(std::chrono::duration_cast<milliseconds>(tick.value() - start));
    }
}

}  // namespace

TEST_CASE("interval: its first tick is at once, the others follow at the beat", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval(10ms);
        CHECK(ticks.period() == 10ms);
        for (int i = 0; i < 5; ++i) {
            auto const tick = co_await ticks.tick();
            CHECK(tick == start + i * 10ms);
            CHECK(Instant::now() == tick);
        }
    });
}

TEST_CASE("interval: what is done between the ticks does not delay them", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval_at(start + 50ms, 20ms);
        for (int i = 0; i < 5; ++i) {
            co_await ticks.tick();
            CHECK(start.elapsed() == 50ms + i * 20ms);
            co_await sleep(15ms);
        }
    });
}

TEST_CASE("interval: a period of zero panics, and the longest does not overflow", "[rt][time]") {
    CHECK_THROWS_AS(interval(0s), Panic);
    CHECK_THROWS_AS(interval(-1s), Panic);
    CHECK_THROWS_AS(interval_at(Instant::now(), 0.0s), Panic);
    on_paused_runtime([]() -> Task<void> {
        auto ticks = interval(std::chrono::hours::max());
        CHECK(due(ticks, Instant::now()) == Ticks{0ms});
        co_await sleep(24h * 365);
        CHECK(due(ticks, Instant::now()).empty());
    });
}

// The ticks of tokio/tests/time_interval.rs, to the millisecond.

TEST_CASE("MissedTickBehavior: burst makes up for all that was missed", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval_at(start, 300ms);
        CHECK(ticks.missed_tick_behavior() == MissedTickBehavior::burst);

        CHECK(due(ticks, start) == Ticks{0ms});
        co_await advance(100ms);
        CHECK(due(ticks, start).empty());
        co_await advance(200ms);
        CHECK(due(ticks, start) == Ticks{300ms});
        co_await advance(650ms);
        CHECK(due(ticks, start) == Ticks{600ms, 900ms});
        co_await advance(200ms);
        CHECK(due(ticks, start).empty());
        co_await advance(100ms);
        CHECK(due(ticks, start) == Ticks{1200ms});
        co_await advance(250ms);
        CHECK(due(ticks, start) == Ticks{1500ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1800ms});
    });
}

TEST_CASE("MissedTickBehavior: delay begins anew at the late tick", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval_at(start, 300ms);
        ticks.set_missed_tick_behavior(MissedTickBehavior::delay);

        CHECK(due(ticks, start) == Ticks{0ms});
        co_await advance(100ms);
        CHECK(due(ticks, start).empty());
        co_await advance(200ms);
        CHECK(due(ticks, start) == Ticks{300ms});
        co_await advance(650ms);
        CHECK(due(ticks, start) == Ticks{600ms});
        co_await advance(100ms);
        CHECK(due(ticks, start).empty());
        co_await advance(200ms);
        CHECK(due(ticks, start) == Ticks{1250ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1550ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1850ms});
    });
}

TEST_CASE("MissedTickBehavior: skip goes on at the old beat", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval_at(start, 300ms);
        ticks.set_missed_tick_behavior(MissedTickBehavior::skip);

        CHECK(due(ticks, start) == Ticks{0ms});
        co_await advance(100ms);
        CHECK(due(ticks, start).empty());
        co_await advance(200ms);
        CHECK(due(ticks, start) == Ticks{300ms});
        co_await advance(650ms);
        CHECK(due(ticks, start) == Ticks{600ms});
        co_await advance(250ms);
        CHECK(due(ticks, start) == Ticks{1200ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1500ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1800ms});
    });
}

TEST_CASE("MissedTickBehavior: the picture in its description is right", "[rt][time]") {
    auto const ticks_of = [](MissedTickBehavior behavior) {
        return on_paused_runtime(
            [](MissedTickBehavior how) -> Task<std::vector<Ticks>> {
                Instant const start = Instant::now();
                auto ticks = interval_at(start + 2s, 2s);
                ticks.set_missed_tick_behavior(how);
                std::vector<Ticks> seen;
                for (auto const wait : {2s, 7s, 1s, 1s, 1s, 1s}) {
                    co_await advance(wait);
                    seen.push_back(due(ticks, start));
                }
                co_return seen;
            },
            behavior);
    };
    CHECK(ticks_of(MissedTickBehavior::burst) ==
          std::vector<Ticks>{{2s}, {4s, 6s, 8s}, {10s}, {}, {12s}, {}});
    CHECK(ticks_of(MissedTickBehavior::delay) ==
          std::vector<Ticks>{{2s}, {4s}, {}, {11s}, {}, {13s}});
    CHECK(ticks_of(MissedTickBehavior::skip) ==
          std::vector<Ticks>{{2s}, {4s}, {10s}, {}, {12s}, {}});
}

TEST_CASE("MissedTickBehavior: a tick up to 5 ms late was not missed", "[rt][time]") {
    for (auto const behavior : {MissedTickBehavior::delay, MissedTickBehavior::skip}) {
        on_paused_runtime(
            [](MissedTickBehavior how) -> Task<void> {
                Instant const start = Instant::now();
                auto ticks = interval(2ms);
                ticks.set_missed_tick_behavior(how);
                CHECK(due(ticks, start) == Ticks{0ms});
                co_await advance(7ms);
                CHECK(due(ticks, start) == Ticks{2ms, 4ms, 6ms});

                co_await advance(1ms + 5ms + 1ns);  // 8 ms is too long ago now
                Ticks const missed = due(ticks, start);
                CHECK(missed == Ticks{8ms});
            },
            behavior);
    }
}

TEST_CASE("Interval: reset lets the next tick come a period from now", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval(300ms);
        CHECK(due(ticks, start) == Ticks{0ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{300ms});
        co_await advance(100ms);
        CHECK(due(ticks, start).empty());

        ticks.reset();
        co_await advance(250ms);
        CHECK(due(ticks, start).empty());
        co_await advance(50ms);
        CHECK(due(ticks, start) == Ticks{700ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{1000ms});
    });
}

TEST_CASE("Interval: the other resets name their moment", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval_at(start + 1h, 300ms);
        CHECK(due(ticks, start).empty());

        ticks.reset_immediately();
        CHECK(due(ticks, start) == Ticks{0ms});
        ticks.reset_after(70ms);
        co_await advance(70ms);
        CHECK(due(ticks, start) == Ticks{70ms});
        ticks.reset_at(start + 90ms);
        co_await advance(20ms);
        CHECK(due(ticks, start) == Ticks{90ms});
        co_await advance(300ms);
        CHECK(due(ticks, start) == Ticks{390ms});
    });
}

TEST_CASE("Interval: a tick whose wait is given up is not lost", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto ticks = interval(100ms);
        co_await ticks.tick();
        int given_up = 0;
        for (;;) {
            auto const first = co_await select_biased(sleep(30ms), ticks.tick());
            if (first.index() == 1) {
                CHECK(first.get<1>() == start + 100ms);
                break;
            }
            ++given_up;
        }
        CHECK(given_up == 3);
        CHECK(start.elapsed() == 100ms);
    });
}

TEST_CASE("Interval: it may be moved between the ticks", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto first = interval(10ms);
        first.set_missed_tick_behavior(MissedTickBehavior::skip);
        co_await first.tick();
        CHECK(Polled(first.tick()).poll().is_pending());  // given up

        auto second = std::move(first);
        CHECK(second.missed_tick_behavior() == MissedTickBehavior::skip);
        auto const tick = co_await second.tick();
        CHECK(tick == start + 10ms);
    });
}
