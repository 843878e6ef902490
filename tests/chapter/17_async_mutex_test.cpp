// "Async Mutex vs Sync Mutex"
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "rt/support/paused.hpp"
#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/reports.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/send.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace {

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace sync = tandem::sync;
using namespace std::chrono_literals;
using async::Task;
using rt::time::Instant;
using rt::time::sleep;
using sync::Arc;
using sync::make_arc;
using tandem::Send;
using tandem::detail::checked_build;
using tandem::testing::contains;
using tandem::testing::on_paused_runtime;
using tandem::testing::on_threads;
using tandem::testing::Polled;
using tandem::testing::Reports;

using AsyncMutex = async::Mutex<std::vector<int>>;
using SyncMutex = sync::Mutex<std::vector<int>>;

// What makes the difference: one guard may move to another thread with its task, one may not.
static_assert(Send<async::MutexGuard<int>>);
static_assert(!Send<sync::MutexGuard<int>>);

Task<void> push_twice(Arc<AsyncMutex> data, int value) {
    auto guard = co_await data->lock();
    guard->push_back(value);
    co_await async::yield_now();
    guard->push_back(value);
}

/// Takes the last number, waits, and pushes the next: two at once would push the same.
Task<void> push_next(Arc<AsyncMutex> data) {
    auto guard = co_await data->lock();
    int const last = guard->empty() ? 0 : guard->back();
    co_await sleep(10ms);
    guard->push_back(last + 1);
}

}  // namespace

TEST_CASE("async_mutex_example: the lock is held across an await", "[17_async_mutex]") {
    auto const data = make_arc<AsyncMutex>();

    async::block_on(async::join(push_twice(data.clone(), 1), push_twice(data.clone(), 2)));

    CHECK(*data->try_lock().unwrap() == std::vector{1, 1, 2, 2});
}

TEST_CASE("async_mutex_example: the guard of a spawned task is held while the task waits",
          "[17_async_mutex]") {
    on_paused_runtime([]() -> Task<void> {
        Instant const start = Instant::now();
        auto const data = make_arc<AsyncMutex>();
        std::vector<rt::JoinHandle<void>> handles;
        for (int i = 0; i < 3; ++i) {
            handles.push_back(rt::spawn(push_next, data.clone()));
        }
        for (auto& handle : handles) {
            (co_await std::move(handle)).unwrap();
        }

        auto const guard = co_await data->lock();
        CHECK(*guard == std::vector{1, 2, 3});
        CHECK(start.elapsed() == 30ms);  // one after the other
    });
}

TEST_CASE("async_mutex_example: the guard may go to another thread with its task",
          "[17_async_mutex]") {
    auto async_main = []() -> Task<std::vector<int>> {
        auto const data = make_arc<AsyncMutex>();
        std::vector<rt::JoinHandle<void>> handles;
        for (int i = 0; i < 20; ++i) {
            handles.push_back(rt::spawn(push_twice, data.clone(), i));
        }
        for (auto& handle : handles) {
            (co_await std::move(handle)).unwrap();
        }
        auto guard = co_await data->lock();
        co_return std::move(*guard);
    };

    auto const pushed = rt::run(async_main);

    REQUIRE(pushed.size() == 40);
    for (std::size_t i = 0; i < pushed.size(); i += 2) {
        CHECK(pushed[i] == pushed[i + 1]);
    }
}

TEST_CASE("sync_mutex_in_async: a brief lock, released before the await", "[17_async_mutex]") {
    auto const data = make_arc<SyncMutex>();
    auto push_one = [](Arc<SyncMutex> mine) -> Task<void> {
        {
            auto guard = mine->lock().unwrap();
            guard->push_back(1);
        }
        co_await async::yield_now();
    };

    Polled task{push_one(data.clone())};
    CHECK(task.poll().is_pending());

    CHECK(*data->try_lock().unwrap() == std::vector{1});  // free while the task waits
    CHECK(task.poll().is_ready());
}

TEST_CASE("sync_mutex_in_async: a sync guard that crosses an await is reported",
          "[17_async_mutex]") {
    // rustc refuses to spawn such a task: the guard is not Send.
    Reports const reports;
    auto const data = make_arc<SyncMutex>();
    on_paused_runtime([&]() -> Task<void> {
        auto guard = data->lock().unwrap();
        co_await sleep(1ms);
        guard->push_back(1);
    });

    auto const said = reports.take();
    REQUIRE(said.size() == (checked_build ? 1 : 0));
    if (!checked_build) {
        return;
    }
    CHECK(contains(said[0].message, "17_async_mutex_test.cpp"));
    CHECK(contains(said[0].message, "async::Mutex"));
}

TEST_CASE("a task that waits for the lock keeps no thread", "[17_async_mutex]") {
    AsyncMutex const data;
    auto guard = data.try_lock().unwrap();

    Polled waits{data.lock()};
    CHECK(waits.poll().is_pending());  // and this thread goes on

    tandem::drop(std::move(guard));
    CHECK(waits.take_wakes() == 1);
    CHECK(waits.poll().is_ready());
}

TEST_CASE("no increment is lost between the tasks of several threads", "[17_async_mutex]") {
    async::Mutex<int> const counter{0};

    on_threads(4, [&](int) {
        auto count = [](async::Mutex<int> const& shared) -> Task<void> {
            for (int i = 0; i < 1'000; ++i) {
                auto guard = co_await shared.lock();
                *guard += 1;
            }
        };
        async::block_on(count(counter));
    });

    CHECK(*counter.try_lock().unwrap() == 4'000);
}
