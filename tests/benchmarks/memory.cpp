// What tasks take. A program of its own, for to count costs time, too.

#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "support/bench.hpp"
#include "support/runtimes.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"

// ---- Counting
// ------------------------------------------------------------------------------------

namespace {

std::atomic<long> live{0};

/// A block counts with all it really has, the allocator's rounding included.
void* counted(void* block) {
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    live += static_cast<long>(::malloc_usable_size(block));
    return block;
}

void release(void* block) noexcept {
    live -= static_cast<long>(::malloc_usable_size(block));
    std::free(block);
}

void* aligned(std::size_t size, std::align_val_t alignment) {
    auto const to = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(to, (size + to - 1) / to * to);
}

}  // namespace

void* operator new(std::size_t size) { return counted(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t to) { return counted(aligned(size, to)); }
void operator delete(void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }

// ---- Tasks
// ---------------------------------------------------------------------------------------

namespace {

using namespace tandem::bench;
using tandem::async::Task;

double heap() { return static_cast<double>(live.load()); }

double resident() {
    long pages = 0;
    std::FILE* const file = std::fopen("/proc/self/statm", "r");
    if (file == nullptr || std::fscanf(file, "%*d %ld", &pages) != 1) {
        std::exit(1);
    }
    std::fclose(file);
    return static_cast<double>(pages * ::sysconf(_SC_PAGESIZE));
}

int begun = 0;  // tasks, of one thread

Task<void> waits() {
    ++begun;
    co_await tandem::async::pending<void>();
}

Task<void> sleeps() {
    ++begun;
    co_await tandem::rt::time::sleep(std::chrono::hours{1});
}

/// What so many tasks take by `measure`, once they wait. A few at a time, so that no queue grows.
template <auto measure, auto task>
Task<double> bytes_of(int tasks) {
    constexpr int few = 100;
    double before = 0;
    for (int spawned = 0; spawned < tasks + few; spawned += few) {
        if (spawned == few) {
            before = measure();  // the first ones also made what all share
        }
        for (int i = 0; i < few; ++i) {
            tandem::drop(tandem::rt::spawn(task));
        }
        while (begun < spawned + few) {
            co_await tandem::async::yield_now();
        }
    }
    co_return measure() - before;
}

template <auto measure, auto task, int tasks>
Sample of_a_task() {
    auto const kept = new tandem::rt::Runtime(runtime(ct));  // its end is not to be measured
    return {.wall = kept->block_on(bytes_of<measure, task>(tasks)) / tasks};
}

#if defined(ASIO_HAS_CO_AWAIT)

asio::awaitable<void> asio_sleeps() {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::chrono::hours{1});
    co_await timer.async_wait(asio::use_awaitable);
}

/// By what is resident alone, for Asio does not get its memory from operator new.
template <int tasks>
Sample of_an_asio_task() {
    constexpr int few = 100;
    auto& context = *new asio::io_context(1);
    double before = 0;
    for (int spawned = 0; spawned < tasks + few; spawned += few) {
        if (spawned == few) {
            before = resident();
        }
        for (int i = 0; i < few; ++i) {
            asio::co_spawn(context, asio_sleeps(), asio::detached);
        }
        context.poll();
    }
    return {.wall = (resident() - before) / tasks};
}

#endif

Row row(std::string_view work, double limit, std::function<Sample()> measure) {
    return {.work = work,
            .unit = "B",
            .of = "Tokio",
            .limit = limit,
            .contenders = {{"tandem", std::move(measure)}}};
}

}  // namespace

int main(int argc, char** argv) {
    constexpr int some = 10'000;
    constexpr int million = 1'000'000;
    std::vector<Row> rows = {
        row("memory of a pending task", 120, of_a_task<heap, waits, some>),
        row("memory of a sleeping task", 200, of_a_task<heap, sleeps, some>),
        row("resident, 1,000,000 pending tasks", 0, of_a_task<resident, waits, million>),
        row("resident, 1,000,000 sleeping tasks", 0, of_a_task<resident, sleeps, million>),
    };
#if defined(ASIO_HAS_CO_AWAIT)
    rows[3].contenders.push_back({"Asio", of_an_asio_task<million>});
#endif
    return serve(argc, argv, rows);
}
