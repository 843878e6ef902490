// Async Mutex: where the plain one is right, and faster
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace async = tandem::async;
using async::Task;
using tandem::sync::make_arc;
using SyncMutex = tandem::sync::Mutex<std::vector<int>>;

Task<void> sync_mutex_in_async() {
    auto const data = make_arc<SyncMutex>();

    {
        auto guard = data->lock().unwrap();
        guard->push_back(1);
    }  // released before any co_await: no other task is ever kept from its thread by it

    co_await async::yield_now();
    fmt::print("{}\n", *data->lock().unwrap());
}

int main() { async::block_on(sync_mutex_in_async()); }

// prints:
// [1]
