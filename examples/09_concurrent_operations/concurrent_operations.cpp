// Concurrent operations: one after the other, and all at once
#include <fmt/core.h>

#include <chrono>
#include <string_view>

#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/time.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using async::Task;

Task<void> operation(std::string_view name, int ms) {
    fmt::print("Starting {}\n", name);
    co_await rt::time::sleep(std::chrono::milliseconds(ms));
    fmt::print("Completed {}\n", name);
}

/// How long ago it was, in whole 100 ms: a timer is never early, and a little late.
auto since(rt::time::Instant start) {
    return start.elapsed() / std::chrono::milliseconds(100) * 100;
}

Task<void> concurrent_operations() {
    // Sequential
    auto start = rt::time::Instant::now();
    co_await operation("A", 100);
    co_await operation("B", 100);
    co_await operation("C", 100);
    fmt::print("sequential: {} ms\n", since(start));

    // Concurrent
    start = rt::time::Instant::now();
    co_await async::join(operation("X", 100),  //
                         operation("Y", 100),  //
                         operation("Z", 100));
    fmt::print("concurrent: {} ms\n", since(start));
}

int main() {
    // "Without threads": this one thread is all there is.
    rt::Runtime const one_thread = rt::Builder::new_current_thread().enable_all().build().unwrap();
    one_thread.block_on(concurrent_operations());
}

// prints:
// Starting A
// Completed A
// Starting B
// Completed B
// Starting C
// Completed C
// sequential: 300 ms
// Starting X
// Starting Y
// Starting Z
// Completed X
// Completed Y
// Completed Z
// concurrent: 100 ms
