#include "tandem/rt/time/sleep.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time/pause.hpp"

namespace {

using namespace std::chrono_literals;
using tandem::Panic;
using tandem::Send;
using tandem::Sync;
using tandem::async::block_on;
using tandem::async::Future;
using tandem::async::join_all;
using tandem::async::select;
using tandem::async::Task;
using tandem::rt::Builder;
using tandem::rt::Runtime;
using tandem::rt::time::advance;
using tandem::rt::time::Instant;
using tandem::rt::time::Sleep;
using tandem::rt::time::sleep;
using tandem::rt::time::sleep_until;
using tandem::testing::on_paused_runtime;
using tandem::testing::Polled;
using tandem::testing::Trace;

static_assert(Future<Sleep> && Send<Sleep> && Sync<Sleep>);
static_assert(sizeof(Sleep) == 48);
static_assert(!std::is_copy_constructible_v<Sleep>);
static_assert(std::is_nothrow_move_constructible_v<Sleep>);
static_assert(!std::is_move_assignable_v<Sleep>);

using Years = std::chrono::duration<std::int64_t, std::ratio<365L * 24 * 3600>>;

}  // namespace

TEST_CASE("sleep: it takes as long as it says", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        for (std::chrono::nanoseconds const wait :
             {std::chrono::nanoseconds(1ns), std::chrono::nanoseconds(65'536ns),
              std::chrono::nanoseconds(1ms), std::chrono::nanoseconds(60ms),
              std::chrono::nanoseconds(1ms + 1ns), std::chrono::nanoseconds(1h),
              std::chrono::nanoseconds(Years(1)), std::chrono::nanoseconds(Years(20))}) {
            Instant const start = Instant::now();
            co_await sleep(wait);
            CHECK(start.elapsed() == wait);
        }
        CHECK(Instant::now() > Instant::at(0) + Years(21));
    });
}

TEST_CASE("sleep: in real time it is never too short, nor much too long", "[rt][time]") {
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
    std::chrono::nanoseconds shortest = 1h;
    for (int i = 0; i < 20; ++i) {
        auto const start = std::chrono::steady_clock::now();
        rt.block_on(sleep(1ms));
        auto const took = std::chrono::steady_clock::now() - start;
        CHECK(took >= 1ms);
        shortest = std::min<std::chrono::nanoseconds>(shortest, took);
    }
    CHECK(shortest < 2ms);  // a slow machine makes some of them long, not all
}

TEST_CASE("sleep: nothing, and less, is ready at once", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        CHECK(Polled(sleep(0s)).poll().is_ready());
        CHECK(Polled(sleep(-1s)).poll().is_ready());
        CHECK(Polled(sleep(std::chrono::nanoseconds::min())).poll().is_ready());
        CHECK(Polled(sleep(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())))
                  .poll()
                  .is_ready());
        CHECK(Polled(sleep_until(start)).poll().is_ready());
        CHECK(Polled(sleep_until(start - 1h)).poll().is_ready());
        CHECK(Polled(sleep_until(start - Years(200))).poll().is_ready());
        CHECK(Instant::now() == start);
        co_return;
    });
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
    auto const guard = rt.enter();
    CHECK(Polled(sleep(0s)).poll().is_ready());
    CHECK(Polled(sleep(-1ms)).poll().is_ready());
    CHECK(Polled(sleep_until(Instant::now())).poll().is_ready());
}

TEST_CASE("sleep: the longest durations do not overflow, and never end", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        std::deque<Polled<Sleep>> sleeps;
        sleeps.emplace_back(sleep(std::chrono::nanoseconds::max()));
        sleeps.emplace_back(sleep(std::chrono::hours::max()));
        sleeps.emplace_back(sleep(Years::max()));
        sleeps.emplace_back(
            sleep(std::chrono::duration<double>(std::numeric_limits<double>::max())));
        sleeps.emplace_back(sleep_until(Instant::now() + std::chrono::seconds::max()));
        for (auto& each : sleeps) {
            CHECK(each.poll().is_pending());
            CHECK(each.future().deadline() > Instant::now() + Years(100));
        }
        co_await sleep(Years(100));
        co_await advance(std::chrono::nanoseconds::max());
        for (auto& each : sleeps) {
            CHECK(each.take_wakes() == 0);
            CHECK(each.poll().is_pending());
        }
    });
}

TEST_CASE("sleep: it counts from when it was made", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto late = sleep(10ms);
        auto over = sleep(5ms);
        CHECK(late.deadline() == start + 10ms);
        co_await advance(6ms);

        CHECK(Polled(std::move(over)).poll().is_ready());
        co_await std::move(late);
        CHECK(start.elapsed() == 10ms);
    });
}

TEST_CASE("Sleep: is_elapsed tells whether its moment has come", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        auto wait = sleep(10ms);
        CHECK_FALSE(wait.is_elapsed());
        static_cast<void>(co_await select(std::ref(wait), sleep(5ms)));
        CHECK_FALSE(wait.is_elapsed());
        co_await std::ref(wait);
        CHECK(wait.is_elapsed());
        co_await std::ref(wait);  // ready, as often as you like
        wait.reset(Instant::now() + 1ms);
        CHECK_FALSE(wait.is_elapsed());
    });
}

TEST_CASE("Sleep: reset lets it be used again", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto wait = sleep_until(start + 100ms);
        static_cast<void>(co_await select(std::ref(wait), sleep(10ms)));

        wait.reset(start + 80ms);
        CHECK(wait.deadline() == start + 80ms);
        co_await std::ref(wait);
        CHECK(start.elapsed() == 80ms);

        wait.reset(start + 200ms);
        co_await std::ref(wait);
        CHECK(start.elapsed() == 200ms);

        wait.reset(start + 40ms);  // over
        co_await std::ref(wait);
        CHECK(start.elapsed() == 200ms);
    });
}

TEST_CASE("Sleep: reset reaches who waits already", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Polled never(sleep(std::chrono::seconds::max()));
        CHECK(never.poll().is_pending());
        never.future().reset(Instant::now() + 3ms);

        co_await sleep(2ms);
        CHECK(never.take_wakes() == 0);
        co_await sleep(1ms);
        CHECK(never.take_wakes() == 1);
        CHECK(never.poll().is_ready());
    });
}

TEST_CASE("Sleep: those that are dropped wake nobody", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Polled dropped(sleep(1ms));
        CHECK(dropped.poll().is_pending());
        dropped.drop();
        CHECK(dropped.wakers_alive() == 0);
        co_await sleep(2ms);
        CHECK(dropped.take_wakes() == 0);
    });
}

namespace {

Task<void> note_after(Trace& trace, std::chrono::milliseconds wait) {
    co_await sleep(wait);
    trace.note(std::to_string(wait.count()));
}

}  // namespace

TEST_CASE("sleep: of several the shorter ends first", "[rt][time]") {
    Trace trace;
    on_paused_runtime(
        [](Trace* events) -> Task<void> {
            Instant const start = Instant::now();
            std::vector<Task<void>> waits;
            for (auto const wait : {300ms, 5ms, 70ms, 5ms, 1ms, 4000ms}) {
                waits.push_back(note_after(*events, wait));
            }
            co_await join_all(std::move(waits));
            CHECK(start.elapsed() == 4s);
        },
        &trace);
    CHECK(trace.take() == std::vector<std::string>{"1", "5", "5", "70", "300", "4000"});
}

TEST_CASE("sleep: outside a runtime, and without timers, its poll panics", "[rt][time]") {
    auto wait = sleep(1ms);
    CHECK_THROWS_AS(block_on(std::move(wait)), Panic);

    Runtime const rt = Builder::new_current_thread().build().unwrap();
    CHECK_THROWS_AS(rt.block_on(sleep(1ms)), Panic);
}

TEST_CASE("sleep: it may be made outside of the runtime that it is polled on", "[rt][time]") {
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
    auto wait = sleep(1ms);
    auto const deadline = wait.deadline();
    rt.block_on(std::move(wait));
    CHECK(Instant::now() >= deadline);
}

TEST_CASE("Sleep: it may outlive its runtime", "[rt][time]") {
    std::optional<Polled<Sleep>> wait;
    {
        Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
        auto const guard = rt.enter();
        CHECK(wait.emplace(sleep(1h)).poll().is_pending());
    }
    CHECK(wait->take_wakes() == 1);
    CHECK_THROWS_AS(wait->poll(), Panic);
}

TEST_CASE("sleep: many at a time, on several threads", "[rt][time][threads]") {
    Runtime const rt = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    rt.block_on([]() -> Task<void> {
        Instant const start = Instant::now();
        std::vector<tandem::rt::JoinHandle<std::chrono::nanoseconds>> tasks;
        for (int i = 0; i < 1'000; ++i) {
            tasks.push_back(tandem::rt::spawn(
                [](int wait) -> Task<std::chrono::nanoseconds> {
                    Instant const began = Instant::now();
                    co_await sleep(std::chrono::microseconds(wait));
                    co_return began.elapsed() - std::chrono::microseconds(wait);
                },
                i * 10));
        }
        int too_early = 0;
        for (auto& task : tasks) {
            auto const late = (co_await std::move(task)).unwrap();
            too_early += late < 0ns ? 1 : 0;
        }
        CHECK(too_early == 0);
        CHECK(start.elapsed() >= 9'990us);
    }());
}
