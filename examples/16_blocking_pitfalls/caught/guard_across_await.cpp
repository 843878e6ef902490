// Caught: a MutexGuard that is held while the task waits
#include <fmt/core.h>

#include "show.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/sync/mutex.hpp"

namespace async = tandem::async;
using async::Task;
using tandem::sync::Mutex;

Task<void> wrong(Mutex<int> const& total) {
    auto guard = total.lock().unwrap();
    co_await async::yield_now();  // another task that wants the lock now blocks its thread
    *guard += 1;
}

Task<void> right(Mutex<int> const& total) {
    co_await async::yield_now();
    *total.lock().unwrap() += 1;  // the guard ends with the statement
}

Task<void> right_too(async::Mutex<int> const& total) {
    auto guard = co_await total.lock();
    co_await async::yield_now();  // who wants this lock awaits it, and blocks nobody
    *guard += 1;
}

int main() {
    show_reports();
    Mutex<int> const total{0};
    async::Mutex<int> const awaited{0};

    async::block_on(wrong(total));
    async::block_on(async::join(right(total), right_too(awaited)));
    fmt::print("{}\n", *total.lock().unwrap());
}

// prints:
// guard_across_await.cpp:17: the lock taken here is still held at the co_await in
// guard_across_await.cpp:18, where the task waits: whoever else wants the lock blocks a
// whole thread until then. End the guard before the co_await, in a block of its own, or use
// async::Mutex (RwLock), whose guard may be held there
// 2
