// Async Mutex: where the plain one is right, and faster
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::async::Task;
using tandem::sync::make_arc;
using SyncMutex = tandem::sync::Mutex<std::vector<int>>;

Task<void> sync_mutex_in_async() {
    auto const data = make_arc<SyncMutex>();

    // OK if lock is held briefly and doesn't cross await points
    {
        auto guard = data->lock().unwrap();
        guard->push_back(1);
    }  // Lock released before any await: no task is ever kept from its thread by it

    // rustc refuses to spawn a task that held the guard here; a checked build of tandem reports it.
    co_await rt::time::sleep(10ms);
    fmt::print("{}\n", *data->lock().unwrap());
}

int main() { rt::run(sync_mutex_in_async); }

// prints:
// [1]
