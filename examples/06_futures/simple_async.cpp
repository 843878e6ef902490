// Futures: a coroutine is one, and does nothing until it is polled
#include <fmt/core.h>

#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"

namespace async = tandem::async;
using async::Task;

Task<int> simple_async() {
    fmt::print("now it runs\n");
    co_return 42;
}

Task<int> twice() {
    int const once = co_await simple_async();
    co_return 2 * once;
}

int main() {
    auto task = twice();
    fmt::print("made, and nothing has run\n");

    fmt::print("result = {}\n", async::block_on(std::move(task)));
}

// prints:
// made, and nothing has run
// now it runs
// result = 84
