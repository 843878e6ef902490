// "Concurrent Async Operations"
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/unit.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/thread.hpp"

namespace {

namespace async = tandem::async;
using namespace std::chrono_literals;
using async::Task;
using tandem::Unit;
using tandem::rt::time::Instant;
using tandem::rt::time::sleep;
using tandem::testing::on_paused_runtime;
using tandem::testing::Trace;
using Events = std::vector<std::string>;

Task<void> operation(Trace& prints, std::string name, int ms) {
    prints.note("Starting " + name);
    co_await sleep(std::chrono::milliseconds(ms));
    prints.note("Completed " + name);
}

}  // namespace

TEST_CASE("concurrent_operations: one after the other they take 300 ms",
          "[09_concurrent_operations]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await operation(trace, "A", 100);
        co_await operation(trace, "B", 100);
        co_await operation(trace, "C", 100);
        CHECK(start.elapsed() == 300ms);
    });
    CHECK(trace.take() == Events{"Starting A", "Completed A", "Starting B", "Completed B",
                                 "Starting C", "Completed C"});
}

TEST_CASE("concurrent_operations: joined they take 100 ms, not 300", "[09_concurrent_operations]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await async::join(operation(trace, "X", 100), operation(trace, "Y", 100),
                             operation(trace, "Z", 100));
        CHECK(start.elapsed() == 100ms);
    });
    CHECK(trace.take() == Events{"Starting X", "Starting Y", "Starting Z", "Completed X",
                                 "Completed Y", "Completed Z"});
}

TEST_CASE("joined operations take as long as the longest, and end in the order of their times",
          "[09_concurrent_operations]") {
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        co_await async::join(operation(trace, "slow", 300), operation(trace, "quick", 100),
                             operation(trace, "middling", 200));
        CHECK(start.elapsed() == 300ms);
    });
    CHECK(trace.take() == Events{"Starting slow", "Starting quick", "Starting middling",
                                 "Completed quick", "Completed middling", "Completed slow"});
}

TEST_CASE("they run without threads: all of it happens on one", "[09_concurrent_operations]") {
    std::set<tandem::thread::ThreadId> threads;
    auto notes = [&threads](std::chrono::milliseconds wait) -> Task<void> {
        threads.insert(tandem::thread::current().id());
        co_await sleep(wait);
        threads.insert(tandem::thread::current().id());
    };

    on_paused_runtime(
        [&]() -> Task<void> { co_await async::join(notes(100ms), notes(200ms), notes(300ms)); });

    CHECK(threads == std::set{tandem::thread::current().id()});
}

TEST_CASE("a Task alone makes no progress: two that were made and are awaited in turn take 200 ms",
          "[09_concurrent_operations]") {
    // As in Rust, and unlike a promise in JavaScript or a task in C#.
    Trace trace;
    on_paused_runtime([&]() -> Task<void> {
        Instant const start = Instant::now();
        auto first = operation(trace, "first", 100);
        auto second = operation(trace, "second", 100);
        co_await std::move(first);
        co_await std::move(second);
        CHECK(start.elapsed() == 200ms);
    });
    CHECK(trace.take() ==
          Events{"Starting first", "Completed first", "Starting second", "Completed second"});
}

TEST_CASE("join hands over what each returns", "[09_concurrent_operations]") {
    auto after = [](std::chrono::milliseconds wait, std::string value) -> Task<std::string> {
        co_await sleep(wait);
        co_return value;
    };
    on_paused_runtime([&]() -> Task<void> {
        auto const [slow, nothing, quick] =
            co_await async::join(after(20ms, "slow"), sleep(30ms), after(10ms, "quick"));
        CHECK(slow == "slow");
        CHECK(nothing == Unit());
        CHECK(quick == "quick");
    });
}
