// GOOD: what has to block does so on a thread that is there for it
#include <fmt/core.h>

#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/thread.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using async::Task;

int expensive_computation() {
    thread::sleep(1s);  // CPU-intensive or blocking operation
    return 42;
}

Task<void> blocking_work() {
    auto const result = (co_await rt::spawn_blocking(expensive_computation)).unwrap();
    fmt::print("result = {}\n", result);
}

Task<void> another_task() {
    for (int tick = 1; tick <= 3; ++tick) {
        co_await rt::time::sleep(100ms);
        fmt::print("tick {}\n", tick);
    }
}

Task<void> async_main() { co_await async::join(blocking_work(), another_task()); }

int main() { rt::run(async_main); }

// prints:
// tick 1
// tick 2
// tick 3
// result = 42
