// Async blocks: one that borrows, awaited where it was made
#include <fmt/core.h>

#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"

namespace async = tandem::async;
using async::Task;

Task<int> fetch_value() { co_return 42; }

Task<void> async_main() {
    int calls = 0;

    // `async { … }`: captures by reference, so it must be awaited before `calls` ends.
    // (It has a name, for g++ 12 ends a capturing lambda twice that stands behind co_await.)
    auto fut = async::block([&calls]() -> Task<int> {
        int const a = co_await fetch_value();
        int const b = co_await fetch_value();
        calls += 2;
        co_return a + b;
    });
    fmt::print("calls so far: {}\n", calls);  // lazy: nothing has run

    int const result = co_await std::move(fut);
    fmt::print("result = {} after {} calls\n", result, calls);
}

int main() { tandem::rt::run(async_main); }  // #[tokio::main]

// prints:
// calls so far: 0
// result = 84 after 2 calls
