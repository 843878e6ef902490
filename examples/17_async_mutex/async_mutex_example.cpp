// Async Mutex: one that may be held across a co_await
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/sync/arc.hpp"

namespace async = tandem::async;
using async::Task;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using AsyncMutex = async::Mutex<std::vector<int>>;

Task<void> push_twice(Arc<AsyncMutex> data, int value) {
    auto guard = co_await data->lock();
    guard->push_back(value);
    co_await async::yield_now();  // others run, and wait for the lock; no thread does
    guard->push_back(value);
}

Task<void> async_mutex_example() {
    auto const data = make_arc<AsyncMutex>();

    co_await async::join(push_twice(data.clone(), 1), push_twice(data.clone(), 2));

    auto const guard = co_await data->lock();
    fmt::print("{}\n", *guard);
}

int main() { async::block_on(async_mutex_example()); }

// prints:
// [1, 1, 2, 2]
