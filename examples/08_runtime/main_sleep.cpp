// Runtime: a main that awaits
#include <fmt/core.h>

#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using rt::time::sleep;
using tandem::async::Task;

Task<void> async_main() {
    fmt::print("Starting\n");
    co_await sleep(100ms);
    fmt::print("Done after 100ms\n");
}

// #[tokio::main]: in C++ main itself can be no coroutine.
int main() { rt::run(async_main); }

// prints:
// Starting
// Done after 100ms
