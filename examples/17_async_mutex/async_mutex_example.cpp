// Async Mutex: one that may be held across a co_await
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "tandem/async/mutex.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/arc.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using namespace std::chrono_literals;
using async::Task;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using AsyncMutex = async::Mutex<std::vector<int>>;

Task<void> push_next(Arc<AsyncMutex> data_clone) {
    auto guard = co_await data_clone->lock();  // Async lock
    int const last = guard->empty() ? 0 : guard->back();
    co_await rt::time::sleep(10ms);  // others run, and wait for the lock; no thread does
    guard->push_back(last + 1);      // nobody was there in between
}

Task<void> async_mutex_example() {
    auto const data = make_arc<AsyncMutex>();
    std::vector<rt::JoinHandle<void>> handles;

    for (int i = 0; i < 3; ++i) {
        handles.push_back(rt::spawn(push_next, data.clone()));
    }
    for (auto& handle : handles) {  // (the chapter's task may not have begun when main ends)
        (co_await std::move(handle)).unwrap();
    }

    auto const guard = co_await data->lock();
    fmt::print("{}\n", *guard);
}

int main() { rt::run(async_mutex_example); }

// prints:
// [1, 2, 3]
