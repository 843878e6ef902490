#include <utility>
#include <vector>

#include "support/async.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace {

namespace async = tandem::async;
namespace sync = tandem::sync;
using async::Task;
using sync::Arc;
using sync::make_arc;
using tandem::Send;
using tandem::testing::on_threads;
using tandem::testing::Polled;

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

}  // namespace

TEST_CASE("async_mutex_example: the lock is held across an await", "[17_async_mutex]") {
    auto const data = make_arc<AsyncMutex>();

    async::block_on(async::join(push_twice(data.clone(), 1), push_twice(data.clone(), 2)));

    CHECK(*data->try_lock().unwrap() == std::vector{1, 1, 2, 2});
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
