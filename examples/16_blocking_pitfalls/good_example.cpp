// GOOD: an async sleep keeps its task, and no thread
#include <fmt/core.h>

#include <chrono>

#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using namespace std::chrono_literals;
using async::Task;

Task<void> good_example() { co_await rt::time::sleep(1s); }

Task<void> async_main() {
    auto const start = rt::time::Instant::now();
    co_await async::join(good_example(), good_example());

    auto const took = std::chrono::floor<std::chrono::seconds>(start.elapsed());
    fmt::print("twice 1 s at once took {} s\n", took.count());
}

int main() { rt::run(async_main); }

// prints:
// twice 1 s at once took 1 s
