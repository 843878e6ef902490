// "Hybrid Approaches: spawn_blocking"
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/thread.hpp"

namespace {

namespace mpsc = tandem::sync::mpsc;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using rt::time::Instant;
using rt::time::sleep;
using tandem::Err;
using tandem::Ok;
using tandem::Panic;
using tandem::async::Task;
using tandem::testing::on_paused_runtime;

using Data = int;
using Processed = tandem::Result<Data, std::string>;
using Chunks = std::vector<std::size_t>;

/// Refuses what is negative.
std::vector<Processed> process_cpu_intensive(std::vector<Data> const& chunk) {
    std::vector<Processed> results;
    for (Data const x : chunk) {
        results.push_back(x < 0 ? Processed(Err("negative")) : Processed(Ok(2 * x)));
    }
    return results;
}

std::vector<Processed> panics_on_seven(std::vector<Data> const& chunk) {
    if (std::ranges::find(chunk, 7) != chunk.end()) {
        tandem::panic("seven");
    }
    return process_cpu_intensive(chunk);
}

/// The chapter's hybrid_processing; it notes how large the chunks were.
Task<std::vector<Processed>> hybrid_processing(
    std::vector<Processed> (*process)(std::vector<Data> const&), std::vector<Data> data,
    Chunks& chunks) {
    std::vector<rt::JoinHandle<std::vector<Processed>>> handles;
    for (auto begin = data.begin(); begin != data.end();) {
        auto const end = begin + std::min<std::ptrdiff_t>(100, data.end() - begin);
        chunks.push_back(static_cast<std::size_t>(end - begin));
        handles.push_back(rt::spawn_blocking(process, std::vector(begin, end)));
        begin = end;
    }

    std::vector<Processed> results;
    for (auto& handle : handles) {
        auto part = (co_await std::move(handle)).expect("task panicked");
        std::ranges::move(part, std::back_inserter(results));
    }
    co_return results;
}

std::vector<Data> numbers_up_to(int end) {
    std::vector<Data> numbers(static_cast<std::size_t>(end));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

}  // namespace

TEST_CASE("hybrid_processing: all chunks are processed, and their results stand in order",
          "[15_spawn_blocking]") {
    Chunks chunks;
    auto const results = on_paused_runtime([&]() -> Task<std::vector<Processed>> {
        co_return co_await hybrid_processing(process_cpu_intensive, numbers_up_to(250), chunks);
    });

    CHECK(chunks == Chunks{100, 100, 50});
    REQUIRE(results.size() == 250);
    for (int i = 0; i < 250; ++i) {
        REQUIRE(results[static_cast<std::size_t>(i)] == Ok(2 * i));
    }
}

TEST_CASE("hybrid_processing: no data are no chunks", "[15_spawn_blocking]") {
    Chunks chunks;
    on_paused_runtime([&]() -> Task<void> {
        auto const results = co_await hybrid_processing(process_cpu_intensive, {}, chunks);
        CHECK(results.empty());
    });
    CHECK(chunks.empty());
}

TEST_CASE("hybrid_processing: an item that fails is an error among the results",
          "[15_spawn_blocking]") {
    Chunks chunks;
    on_paused_runtime([&]() -> Task<void> {
        std::vector<Data> data{1, -1, 2};  // named: g++ 12 wants no braced list behind co_await
        auto const results =
            co_await hybrid_processing(process_cpu_intensive, std::move(data), chunks);
        CHECK(results == std::vector<Processed>{Ok(2), Err("negative"), Ok(4)});
    });
}

TEST_CASE("hybrid_processing: where the work panics, so does expect", "[15_spawn_blocking]") {
    Chunks chunks;
    on_paused_runtime([&]() -> Task<void> {
        std::string message;
        try {
            static_cast<void>(
                co_await hybrid_processing(panics_on_seven, numbers_up_to(150), chunks));
        } catch (Panic const& panic) { message = panic.message(); }
        CHECK(message.starts_with("task panicked: "));
        CHECK(message.find("seven") != std::string::npos);
    });
}

TEST_CASE("spawn_blocking: the work is not on the thread that runs the tasks",
          "[15_spawn_blocking]") {
    on_paused_runtime([]() -> Task<void> {
        auto handle = rt::spawn_blocking([] { return thread::current().id(); });
        auto const there = (co_await std::move(handle)).unwrap();
        CHECK(there != thread::current().id());
    });
}

TEST_CASE("spawn_blocking: what blocks holds up no task", "[15_spawn_blocking]") {
    // The blocking function waits for a task that runs after it. On one thread both would hang.
    on_paused_runtime([]() -> Task<void> {
        auto [tx, rx] = mpsc::channel<int>();
        auto blocked = rt::spawn_blocking(
            [](mpsc::Receiver<int> mine) { return mine.recv().unwrap(); }, std::move(rx));
        auto task = rt::spawn(
            [](mpsc::Sender<int> mine) -> Task<void> {
                mine.send(42).unwrap();
                co_return;
            },
            std::move(tx));

        (co_await std::move(task)).unwrap();
        int const got = (co_await std::move(blocked)).unwrap();
        CHECK(got == 42);
    });
}

TEST_CASE("spawn_blocking: several block at the same time, each on a thread of its own",
          "[15_spawn_blocking]") {
    // Each passes the number on to the next one, which waits for it: the last begins it.
    on_paused_runtime([]() -> Task<void> {
        constexpr int count = 8;
        auto [last, rx] = mpsc::channel<int>();
        std::vector<rt::JoinHandle<int>> handles;
        for (int i = 0; i < count; ++i) {
            auto [tx, next] = mpsc::channel<int>();
            handles.push_back(rt::spawn_blocking(
                [](mpsc::Receiver<int> from, mpsc::Sender<int> to) {
                    int const number = from.recv().unwrap();
                    to.send(number + 1).unwrap();
                    return number;
                },
                std::move(next), std::exchange(last, std::move(tx))));
        }
        last.send(0).unwrap();
        int sum = 0;
        for (auto& handle : handles) {
            sum += (co_await std::move(handle)).unwrap();
        }
        CHECK(sum == count * (count - 1) / 2);
        CHECK(rx.try_recv() == Ok(count));
    });
}

TEST_CASE("spawn_blocking: timers go on meanwhile", "[15_spawn_blocking]") {
    // On real time, which is short: while something blocks, a paused clock does not jump.
    int const got = rt::run([]() -> Task<int> {
        auto [tx, rx] = mpsc::channel<int>();
        auto blocked = rt::spawn_blocking(
            [](mpsc::Receiver<int> mine) { return mine.recv().unwrap(); }, std::move(rx));
        co_await sleep(1ms);
        tx.send(7).unwrap();
        co_return (co_await std::move(blocked)).unwrap();
    });
    CHECK(got == 7);
}

TEST_CASE("spawn_blocking: a paused clock stands still until the work is done",
          "[15_spawn_blocking]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto handle = rt::spawn_blocking([] { thread::sleep(1ms); });
        (co_await std::move(handle)).unwrap();
        CHECK(start.elapsed() == 0s);
    });
}
