// "Spawning Async Tasks"
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/join_set.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"

namespace {

namespace async = tandem::async;
namespace rt = tandem::rt;
using namespace std::chrono_literals;
using async::Task;
using rt::time::Instant;
using rt::time::sleep;
using tandem::unsafe_send;
using tandem::testing::Noted;
using tandem::testing::on_paused_runtime;
using tandem::testing::Trace;
using Events = std::vector<std::string>;

Task<std::vector<int>> spawn_tasks() {
    std::vector<rt::JoinHandle<int>> handles;

    for (int i = 0; i < 10; ++i) {
        auto handle = rt::spawn(
            [](int n) -> Task<int> {
                co_await sleep(100ms);
                co_return n* n;
            },
            i);
        handles.push_back(std::move(handle));
    }

    std::vector<int> results;
    for (auto& handle : handles) {
        results.push_back((co_await std::move(handle)).unwrap());
    }
    co_return results;
}

Task<void> note(Trace* trace, std::string event) {
    trace->note(std::move(event));
    co_return;
}

}  // namespace

TEST_CASE("spawn_tasks: ten squares, in the order of the handles", "[10_spawning_tasks]") {
    std::vector const squares{0, 1, 4, 9, 16, 25, 36, 49, 64, 81};

    CHECK(on_paused_runtime(spawn_tasks) == squares);
    CHECK(rt::run(spawn_tasks) == squares);  // and on several threads
}

TEST_CASE("spawn_tasks: ten tasks of 100 ms take 100 ms", "[10_spawning_tasks]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const results = co_await spawn_tasks();
        CHECK(results.size() == 10);
        CHECK(start.elapsed() == 100ms);
    });
}

TEST_CASE("a spawned task runs without being awaited", "[10_spawning_tasks]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        auto never = note(&trace, "a Task that nobody awaits");
        auto handle = rt::spawn(note, unsafe_send(&trace), std::string("a spawned one"));
        CHECK(trace.take().empty());  // … as soon as its thread is free

        co_await sleep(1ms);

        CHECK(trace.take() == Events{"a spawned one"});
        CHECK(handle.is_finished());
    });
}

TEST_CASE("a task goes on when its handle is dropped", "[10_spawning_tasks]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        tandem::drop(rt::spawn(
            [](Trace* events) -> Task<void> {
                co_await sleep(10ms);
                events->note("done");
            },
            unsafe_send(&trace)));
        co_await sleep(20ms);
    });
    CHECK(trace.take() == Events{"done"});
}

TEST_CASE("tasks are the async equivalent of threads: a panic is the handle's error",
          "[10_spawning_tasks]") {
    on_paused_runtime([]() -> Task<void> {
        auto failing = rt::spawn(
            [](int n) -> Task<int> {
                if (n == 7) {
                    tandem::panic("{} is too much", n);
                }
                co_return n;
            },
            7);
        auto working = rt::spawn([](int n) -> Task<int> { co_return n; }, 8);

        auto const failed = co_await std::move(failing);
        auto const worked = co_await std::move(working);

        CHECK(failed.unwrap_err().is_panic());
        CHECK(failed.unwrap_err().into_panic().message() == "7 is too much");
        CHECK(worked.unwrap() == 8);
    });
}

TEST_CASE("a task can be aborted, as no thread can: its locals end where it waits",
          "[10_spawning_tasks]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        auto handle = rt::spawn(
            [](Trace* events) -> Task<int> {
                Noted const local(*events, "its local");
                co_return co_await async::pending<int>();
            },
            unsafe_send(&trace));
        co_await async::yield_now();

        handle.abort();
        auto const result = co_await std::move(handle);

        CHECK(result.unwrap_err().is_cancelled());
        CHECK(trace.take() == Events{"end its local"});
    });
}

TEST_CASE("async move: what is given to a task belongs to it", "[10_spawning_tasks]") {
    on_paused_runtime([]() -> Task<void> {
        auto value = std::make_unique<int>(5);
        // By reference even: the task keeps the value for as long as it runs.
        auto read = [](std::unique_ptr<int> const& mine) -> Task<int> {
            co_await sleep(1ms);
            co_return *mine;
        };

        auto handle = rt::spawn(read, std::move(value));

        CHECK(value == nullptr);
        int const five = (co_await std::move(handle)).unwrap();
        CHECK(five == 5);
    });
}

TEST_CASE("ten thousand tasks are no burden, as so many threads would be", "[10_spawning_tasks]") {
    on_paused_runtime([]() -> Task<void> {
        constexpr int count = 10'000;
        Instant const start = Instant::now();
        std::vector<rt::JoinHandle<void>> handles;
        for (int i = 0; i < count; ++i) {
            handles.push_back(rt::spawn([]() -> Task<void> { co_await sleep(1s); }));
        }
        int ended = 0;
        for (auto& handle : handles) {
            ended += (co_await std::move(handle)).is_ok() ? 1 : 0;
        }
        CHECK(ended == count);
        CHECK(start.elapsed() == 1s);
    });
}

TEST_CASE("a JoinSet hands the results over as they come, and ends its tasks with itself",
          "[10_spawning_tasks]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        auto after = [](Trace* events, std::chrono::milliseconds wait) -> Task<int> {
            Noted const local(*events, "the one of " + std::to_string(wait.count()));
            co_await sleep(wait);
            co_return static_cast<int>(wait.count());
        };
        rt::JoinSet<int> tasks;
        for (auto const wait : {30ms, 10ms, 3'600'000ms, 20ms}) {
            tasks.spawn(after, unsafe_send(&trace), wait);
        }
        for (int const expected : {10, 20, 30}) {
            auto const next = co_await tasks.join_next();
            CHECK(next->unwrap() == expected);
        }
    });
    CHECK(trace.take() == Events{"end the one of 10", "end the one of 20", "end the one of 30",
                                 "end the one of 3600000"});
}
