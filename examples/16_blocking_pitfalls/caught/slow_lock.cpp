// Caught: a task that waits long for a lock, and its thread with it
#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "show.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/thread.hpp"

namespace oneshot = tandem::async::oneshot;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using tandem::async::Task;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::Mutex;

void hold_for_long(Arc<Mutex<int>> total, oneshot::Sender<bool> held) {
    auto guard = total->lock().unwrap();
    held.send(true).unwrap();
    thread::sleep(50ms);
    *guard += 1;
}

Task<void> async_main() {
    auto const total = make_arc<Mutex<int>>(0);
    auto [tx, held] = oneshot::channel<bool>();
    auto holder = rt::spawn_blocking(hold_for_long, total.clone(), std::move(tx));
    (co_await std::move(held)).unwrap();

    *total->lock().unwrap() += 1;
    (co_await std::move(holder)).unwrap();
    fmt::print("{}\n", *total->lock().unwrap());  // brief locking is right, and silent
}

int main() {
    show_reports();
    rt::run(async_main);
}

// prints:
// slow_lock.cpp:38: a task waited some ms for this lock, and all other tasks of its thread
// waited with it. Hold the lock more briefly everywhere, or use async::Mutex (RwLock), whose
// lock() is co_awaited
// 2
