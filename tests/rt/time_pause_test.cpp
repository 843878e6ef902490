#include "tandem/rt/time/pause.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"

namespace {

using namespace std::chrono_literals;
namespace time = tandem::rt::time;  // POSIX has a time::pause() of its own
using tandem::Panic;
using tandem::Send;
using tandem::unsafe_send;
using tandem::async::block_on;
using tandem::async::Future;
using tandem::async::join;
using tandem::async::Task;
using tandem::async::yield_now;
using tandem::rt::Builder;
using tandem::rt::Runtime;
using tandem::rt::spawn;
using tandem::rt::time::Advance;
using tandem::rt::time::advance;
using tandem::rt::time::Instant;
using tandem::rt::time::sleep;
using tandem::testing::on_paused_runtime;
using tandem::testing::Polled;
using tandem::testing::Trace;

static_assert(Future<Advance> && Send<Advance>);

/// Runs a Task on a runtime of one thread whose time runs.
template <class Fn>
void on_one_thread(Fn fn) {
    Runtime const rt = Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(fn());
}

}  // namespace

TEST_CASE("pause: the clock stands still until it is set forward", "[rt][time]") {
    on_one_thread([]() -> Task<void> {
        time::pause();
        Instant const start = Instant::now();
        for (int i = 0; i < 100; ++i) {
            co_await yield_now();
            CHECK(Instant::now() == start);
        }
        for (auto const step :
             {std::chrono::nanoseconds(1ns), std::chrono::nanoseconds(51'592us),
              std::chrono::nanoseconds(3'141'592us), std::chrono::nanoseconds(24h * 365)}) {
            Instant const before = Instant::now();
            co_await advance(step);
            CHECK(before.elapsed() == step);
        }
        co_await advance(-1s);
        co_await advance(0s);
        CHECK(start.elapsed() == 1ns + 51'592us + 3'141'592us + 24h * 365);
    });
}

TEST_CASE("resume: the clock goes on from what it shows", "[rt][time]") {
    on_one_thread([]() -> Task<void> {
        Instant const start = Instant::now();
        time::pause();
        co_await advance(1h);
        time::resume();
        CHECK(start.elapsed() >= 1h);
        CHECK(start.elapsed() < 2h);

        Instant const later = Instant::now();
        auto const real = std::chrono::steady_clock::now();
        co_await sleep(2ms);
        CHECK(std::chrono::steady_clock::now() - real >= 2ms);
        CHECK(later.elapsed() >= 2ms);
        CHECK(later.elapsed() < 1h);
        time::pause();
        co_await sleep(1h);
        CHECK(later.elapsed() >= 1h);
    });
}

TEST_CASE("pause: other threads and runtimes keep their own time", "[rt][time]") {
    Runtime const paused =
        Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(sleep(1h));
    Instant const outside = Instant::now();
    CHECK(outside.into_std() <= std::chrono::steady_clock::now());

    auto const guard = paused.enter();
    CHECK(Instant::now() >= outside + 59min);
}

namespace {

Task<void> note_at(Trace* trace, std::chrono::milliseconds wait) {
    co_await sleep(wait);
    trace->note("at " + std::to_string(wait.count()));
}

}  // namespace

TEST_CASE("advance: tasks whose time has come run before it is ready", "[rt][time]") {
    Trace trace;
    on_paused_runtime(
        [](Trace* events) -> Task<void> {
            std::vector<tandem::rt::JoinHandle<void>> tasks;
            for (auto const wait : {20ms, 10ms, 30ms}) {
                tasks.push_back(spawn(note_at, unsafe_send(events), wait));
            }
            co_await yield_now();  // so that they wait
            co_await advance(9ms);
            events->note("9");
            co_await advance(1ms);
            events->note("10");
            co_await advance(1h);
            events->note("an hour");
        },
        &trace);
    CHECK(trace.take() ==
          std::vector<std::string>{"9", "at 10", "10", "at 20", "at 30", "an hour"});
}

TEST_CASE("advance: dropped before it is polled it changes nothing", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        static_cast<void>(advance(1h));
        CHECK(Instant::now() == start);
        {
            Polled begun(advance(1h));
            CHECK(begun.poll().is_pending());
            CHECK(begun.take_wakes() == 1);
        }
        CHECK(start.elapsed() == 1h);
        co_return;
    });
}

TEST_CASE("pause: when all tasks wait, time jumps to the next timer", "[rt][time]") {
    Trace trace;
    auto const real = std::chrono::steady_clock::now();
    on_paused_runtime(
        [](Trace* events) -> Task<void> {
            Instant const start = Instant::now();
            auto slow = spawn(note_at, unsafe_send(events), 3'600'000ms);
            auto quick = spawn(note_at, unsafe_send(events), 5ms);
            co_await sleep(1s);
            CHECK(start.elapsed() == 1s);
            events->note("main");
            static_cast<void>(co_await std::move(slow));
            CHECK(start.elapsed() == 1h);
        },
        &trace);
    CHECK(trace.take() == std::vector<std::string>{"at 5", "main", "at 3600000"});
    CHECK(std::chrono::steady_clock::now() - real < 1min);
}

TEST_CASE("pause: time does not jump while a task can run", "[rt][time]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto busy = [](Instant began) -> Task<bool> {
            for (int i = 0; i < 1'000; ++i) {
                co_await yield_now();
            }
            co_return Instant::now() == began;
        };
        auto const [stood_still, slept] = co_await join(busy(start), sleep(1ms));
        static_cast<void>(slept);
        CHECK(stood_still);
        CHECK(start.elapsed() == 1ms);
    });
}

TEST_CASE("pause: it panics where time cannot stand still, or does already", "[rt][time]") {
    CHECK_THROWS_AS(time::pause(), Panic);
    CHECK_THROWS_AS(time::resume(), Panic);
    CHECK_THROWS_AS(block_on(advance(1s)), Panic);

    on_one_thread([]() -> Task<void> {
        CHECK_THROWS_AS(time::resume(), Panic);
        CHECK_THROWS_AS(Polled(advance(1s)).poll(), Panic);
        time::pause();
        CHECK_THROWS_AS(time::pause(), Panic);
        co_return;
    });

    Runtime const several =
        Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    several.block_on([]() -> Task<void> {
        CHECK_THROWS_AS(time::pause(), Panic);
        co_return;
    }());
}
