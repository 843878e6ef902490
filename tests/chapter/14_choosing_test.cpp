// "Choosing Between Threads and Async"
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/catch.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/available_parallelism.hpp"
#include "tandem/thread/spawn.hpp"
#include "tandem/thread/thread.hpp"

namespace {

namespace async = tandem::async;
namespace mpsc = tandem::sync::mpsc;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using async::Task;
using rt::time::Instant;
using rt::time::sleep;
using tandem::testing::on_paused_runtime;

using Numbers = std::vector<std::uint64_t>;

std::uint64_t sum_of_squares(Numbers const& chunk) {
    return std::transform_reduce(chunk.begin(), chunk.end(), std::uint64_t{0}, std::plus{},
                                 [](std::uint64_t x) { return x * x; });
}

std::uint64_t parallel_computation(Numbers const& data) {
    // Rounded up, and at least 1: the chapter's chunks of 0 elements would panic.
    std::size_t const processors = thread::available_parallelism();
    std::size_t const chunk_size =
        std::max<std::size_t>((data.size() + processors - 1) / processors, 1);
    std::vector<thread::JoinHandle<std::uint64_t>> handles;

    for (std::size_t begin = 0; begin < data.size(); begin += chunk_size) {
        auto const part = std::span(data).subspan(begin, std::min(chunk_size, data.size() - begin));
        Numbers chunk(part.begin(), part.end());
        handles.push_back(thread::spawn(sum_of_squares, std::move(chunk)));
    }

    CHECK(handles.size() <= processors);
    std::uint64_t sum = 0;
    for (auto& handle : handles) {
        sum += handle.join().unwrap();
    }
    return sum;
}

Numbers numbers_up_to(std::uint64_t last) {
    Numbers numbers(last);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
    return numbers;
}

}  // namespace

TEST_CASE("parallel_computation: the sum of squares", "[14_choosing]") {
    CHECK(parallel_computation(numbers_up_to(100'000)) == 333'338'333'350'000);
}

TEST_CASE("parallel_computation: fewer elements than processors, and none", "[14_choosing]") {
    CHECK(parallel_computation({}) == 0);
    CHECK(parallel_computation({7}) == 49);
    CHECK(parallel_computation({1, 2, 3}) == 14);
}

TEST_CASE("parallel_computation: no element is lost where the chunks are not all full",
          "[14_choosing]") {
    std::uint64_t const processors = thread::available_parallelism();

    for (std::uint64_t size = 1; size <= 4 * processors + 1; ++size) {
        CHECK(parallel_computation(numbers_up_to(size)) == size * (size + 1) * (2 * size + 1) / 6);
    }
}

TEST_CASE("threads for blocking operations: one that blocks holds up no other", "[14_choosing]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto blocked =
        thread::spawn([](mpsc::Receiver<int> mine) { return mine.recv().unwrap(); }, std::move(rx));

    auto busy = thread::spawn(sum_of_squares, numbers_up_to(3));

    CHECK(busy.join().unwrap() == 14);
    CHECK_FALSE(blocked.is_finished());
    tx.send(42).unwrap();
    CHECK(blocked.join().unwrap() == 42);
}

TEST_CASE("threads for independent units of work: one that fails takes no other along",
          "[14_choosing]") {
    auto failing = thread::spawn([] { tandem::panic("this unit alone"); });
    auto working = thread::spawn(sum_of_squares, numbers_up_to(3));

    CHECK(failing.join().unwrap_err().message() == "this unit alone");
    CHECK(working.join().unwrap() == 14);
}

#if defined(__linux__)
TEST_CASE("threads are scheduled by the kernel: each is one of its own", "[14_choosing]") {
    auto const kernel_id = [] { return static_cast<long>(::syscall(SYS_gettid)); };

    auto handle = thread::spawn(kernel_id);

    CHECK(handle.join().unwrap() != kernel_id());
}
#endif

// ---- When to use async ------------------------------------------------------------------------

namespace {

struct Part {
    std::uint64_t sum;
    thread::ThreadId by;
};

/// The async twin of a chunk's work. It computes and never waits.
Task<Part> sum_of_squares_async(Numbers chunk) {
    co_return Part{sum_of_squares(chunk), thread::current().id()};
}

Task<int> answer_after(std::chrono::milliseconds wait, int number) {
    co_await sleep(wait);
    co_return number;
}

}  // namespace

TEST_CASE("async does not compute in parallel: joined tasks take turns on one thread",
          "[14_choosing]") {
    auto async_computation = []() -> Task<std::vector<Part>> {
        std::vector<Task<Part>> tasks;
        for (std::uint64_t i = 1; i <= 100; ++i) {
            tasks.push_back(sum_of_squares_async(numbers_up_to(i)));
        }
        co_return co_await async::join_all(std::move(tasks));
    };

    auto const parts = rt::run(async_computation);

    std::set<thread::ThreadId> threads;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        CHECK(parts[i - 1].sum == i * (i + 1) * (2 * i + 1) / 6);
        threads.insert(parts[i - 1].by);
    }
    CHECK(threads.size() == 1);
}

TEST_CASE("many concurrent operations: ten thousand that wait take as long as one",
          "[14_choosing]") {
    on_paused_runtime([]() -> Task<void> {
        constexpr int count = 10'000;
        Instant const start = Instant::now();
        std::vector<Task<int>> operations;
        for (int i = 0; i < count; ++i) {
            operations.push_back(answer_after(1s, i));
        }

        auto const answers = co_await async::join_all(std::move(operations));

        CHECK(start.elapsed() == 1s);
        CHECK(answers.size() == count);
        CHECK(std::ranges::is_sorted(answers));  // the results stand in the order of the futures
    });
}

TEST_CASE("coordinated operations: one begins when two that it depends on have ended",
          "[14_choosing]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const [user, settings] =
            co_await async::join(answer_after(30ms, 1), answer_after(20ms, 2));
        int const page = co_await answer_after(10ms, user + settings);
        CHECK(page == 3);
        CHECK(start.elapsed() == 40ms);
    });
}

TEST_CASE("a task that waits costs no thread: a thousand are waited for by one", "[14_choosing]") {
    on_paused_runtime([]() -> Task<void> {
        std::vector<rt::JoinHandle<thread::ThreadId>> handles;
        for (int i = 0; i < 1'000; ++i) {
            handles.push_back(rt::spawn([]() -> Task<thread::ThreadId> {
                co_await sleep(1s);
                co_return thread::current().id();
            }));
        }
        std::set<thread::ThreadId> threads;
        for (auto& handle : handles) {
            threads.insert((co_await std::move(handle)).unwrap());
        }
        CHECK(threads == std::set{thread::current().id()});
    });
}
