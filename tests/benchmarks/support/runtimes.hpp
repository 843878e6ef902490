// Runs work on tandem's runtime, and on Asio's, and takes samples of it from inside.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "bench.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/runtime.hpp"

#if __has_include(<asio.hpp>)
#include <asio.hpp>
#endif

namespace tandem::bench {

enum class Kind { ct, mt2 };  // on the current thread; with two workers

inline constexpr Kind ct = Kind::ct;
inline constexpr Kind mt2 = Kind::mt2;

inline rt::Runtime runtime(Kind kind) {
    auto const builder = kind == Kind::ct
                             ? rt::Builder::new_current_thread().enable_all()
                             : rt::Builder::new_multi_thread().worker_threads(2).enable_all();
    return builder.build().unwrap();
}

namespace detail {

/// Awaits `work()` in so many slices, of which the median counts. The same for all coroutines.
template <template <class> class Task, auto work>
Task<Sample> measured(int slices, double operations) {
    std::vector<Sample> samples;
    for (int slice = 0; slice <= slices; ++slice) {
        auto const start = Moment::now();
        std::uint64_t const check = co_await work();
        samples.push_back(sample(start, Moment::now(), operations));
        samples.back().check = check;
    }
    co_return median_of(std::move(samples));
}

template <class T>
using TandemTask = async::Task<T>;

}  // namespace detail

/// Runs `work()`, a task that does so many operations, in so many slices, of which the median
/// counts. With two workers it is a spawned task: "from inside".
template <auto work>
Sample on(Kind kind, int slices, double operations) {
    SecondThread const asleep;
    rt::Runtime const runtime = bench::runtime(kind);
    constexpr auto measured = detail::measured<detail::TandemTask, work>;
    if (kind == Kind::ct) {
        return runtime.block_on(measured(slices, operations));
    }
    return runtime.block_on(runtime.spawn(measured, slices, operations)).unwrap();
}

/// A row of one runtime against Tokio's, whose time is to be undercut by so many times.
template <auto work, Kind kind>
Row runtime_row(std::string_view name, double goal, int slices, double operations) {
    return {.work = name,
            .goal = goal,
            .of = "Tokio",
            .place = kind == Kind::mt2 ? Place::parallel : Place::free,
            .contenders = {{"tandem", [=] { return on<work>(kind, slices, operations); }}}};
}

#if defined(ASIO_HAS_CO_AWAIT)

namespace detail {

template <class T>
using AsioTask = asio::awaitable<T>;

}  // namespace detail

/// The same on Asio.
template <auto work>
Sample on_asio(Kind kind, int slices, double operations) {
    SecondThread const asleep;
    auto task = detail::measured<detail::AsioTask, work>(slices, operations);
    if (kind == Kind::ct) {
        asio::io_context context(1);
        auto result = asio::co_spawn(context, std::move(task), asio::use_future);
        context.run();
        return result.get();
    }
    asio::thread_pool pool(2);
    return asio::co_spawn(pool, std::move(task), asio::use_future).get();
}

template <auto work>
void add_asio(Row& row, Kind kind, int slices, double operations) {
    row.contenders.push_back({"Asio", [=] { return on_asio<work>(kind, slices, operations); }});
}

/// What Asio has no name for: spawns so many tasks `make(i)`, and waits for the sum of what they
/// yield.
template <class Make>
asio::awaitable<std::uint64_t> sum_of_tasks(std::uint64_t tasks, Make make) {
    struct Shared {
        std::atomic<std::uint64_t> sum{0};
        std::atomic<std::uint64_t> left;
    } shared{.left = tasks};
    auto const executor = co_await asio::this_coro::executor;
    auto const spawn_all = [&](auto over) {
        auto const end = std::make_shared<decltype(over)>(std::move(over));
        for (std::uint64_t i = 0; i < tasks; ++i) {
            asio::co_spawn(executor, make(i), [&shared, end](std::exception_ptr, std::uint64_t n) {
                shared.sum += n;
                if (--shared.left == 0) {
                    std::move (*end)();
                }
            });
        }
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(spawn_all,
                                                                         asio::use_awaitable);
    co_return shared.sum.load();
}

#endif

}  // namespace tandem::bench
