// BAD: what blocks the thread holds up every task on it
#include <fmt/core.h>

#include <chrono>

#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/thread.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using async::Task;

Task<void> bad_example() {
    // Blocks executor. (Unless NDEBUG is defined, a line on stderr says so, with this place.)
    thread::sleep(1s);
    co_return;
}

Task<void> async_main() {
    auto const start = rt::time::Instant::now();
    co_await async::join(bad_example(), bad_example());

    auto const took = std::chrono::floor<std::chrono::seconds>(start.elapsed());
    fmt::print("twice 1 s at once took {} s\n", took.count());
}

int main() { rt::run(async_main); }

// prints:
// twice 1 s at once took 2 s
