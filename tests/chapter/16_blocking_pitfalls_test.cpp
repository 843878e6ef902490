// "Blocking in Async Context"
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/reports.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/thread.hpp"

namespace {

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace sync = tandem::sync;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using async::Task;
using rt::time::Instant;
using rt::time::sleep;
using tandem::Panic;
using tandem::detail::checked_build;
using tandem::testing::contains;
using tandem::testing::on_paused_runtime;
using tandem::testing::Reports;
using tandem::testing::Trace;
using Events = std::vector<std::string>;

// Short, for this is real time: how long a thread blocks is not what these tests look at.
constexpr auto short_time = 1ms;

Task<void> bad_example(Trace& trace) {
    trace.note("bad begins");
    thread::sleep(short_time);
    trace.note("bad ends");
    co_return;
}

Task<void> good_example(Trace& trace) {
    trace.note("good begins");
    co_await sleep(1s);
    trace.note("good ends");
}

Task<void> another_task(Trace& trace) {
    trace.note("another");
    co_return;
}

int expensive_computation(sync::mpsc::Receiver<int> numbers) {
    int sum = 0;
    for (int const number : numbers) {
        sum += number;
    }
    return sum;
}

}  // namespace

TEST_CASE("bad_example: it blocks the executor, nobody else runs meanwhile",
          "[16_blocking_pitfalls]") {
    Reports const reports;  // not on the screen
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        co_await async::join(bad_example(trace), another_task(trace), bad_example(trace));
    });
    CHECK(trace.take() == Events{"bad begins", "bad ends", "another", "bad begins", "bad ends"});
}

TEST_CASE("bad_example: a checked build names the line, once, and the way out",
          "[16_blocking_pitfalls]") {
    Reports const reports;
    on_paused_runtime([]() -> Task<void> {
        for (int i = 0; i < 3; ++i) {
            thread::sleep(short_time);
        }
        co_return;
    });
    auto const said = reports.take();
    REQUIRE(said.size() == (checked_build ? 1 : 0));
    if (!checked_build) {
        return;
    }
    CHECK(contains(said[0].location.file_name(), "16_blocking_pitfalls_test.cpp"));
    CHECK(contains(said[0].message, "co_await rt::time::sleep"));
    CHECK(contains(said[0].message, "rt::spawn_blocking"));
}

TEST_CASE("good_example: the others run meanwhile, and two take as long as one",
          "[16_blocking_pitfalls]") {
    Reports const reports;
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await async::join(good_example(trace), another_task(trace), good_example(trace));
        CHECK(start.elapsed() == 1s);
    });
    CHECK(trace.take() ==
          Events{"good begins", "another", "good begins", "good ends", "good ends"});
    CHECK(reports.take().empty());
}

TEST_CASE("blocking_work: what blocks there holds up nobody, and is not reported",
          "[16_blocking_pitfalls]") {
    Reports const reports;
    on_paused_runtime([]() -> Task<void> {
        auto [tx, rx] = sync::mpsc::channel<int>();
        auto work = rt::spawn_blocking(expensive_computation, std::move(rx));
        for (int i = 1; i <= 4; ++i) {
            tx.send(i).unwrap();  // it has not ended: we send to it while it runs
            co_await async::yield_now();
        }
        CHECK_FALSE(work.is_finished());
        tandem::drop(std::move(tx));
        int const result = (co_await std::move(work)).unwrap();
        CHECK(result == 10);
    });
    CHECK(reports.take().empty());
}

TEST_CASE("what would wait for a task while it blocks its thread panics, and says what to do",
          "[16_blocking_pitfalls]") {
    on_paused_runtime([]() -> Task<void> {
        auto [tx, rx] = async::mpsc::channel<int>(1);
        CHECK_THROWS_AS(rx.blocking_recv(), Panic);
        CHECK_THROWS_AS(tx.blocking_send(1), Panic);
        std::string message;
        try {
            async::block_on(async::ready(1));
        } catch (Panic const& panic) { message = panic.message(); }
        CHECK(contains(message, "rt::spawn_blocking"));
        co_return;
    });
}

TEST_CASE("in spawn_blocking one may wait for a task", "[16_blocking_pitfalls]") {
    on_paused_runtime([]() -> Task<void> {
        auto [tx, rx] = async::mpsc::channel<int>(1);
        auto work = rt::spawn_blocking(
            [](async::mpsc::Receiver<int> mine) { return mine.blocking_recv(); }, std::move(rx));
        static_cast<void>(co_await tx.send(5));
        auto const got = (co_await std::move(work)).unwrap();
        CHECK(got == 5);
    });
}
