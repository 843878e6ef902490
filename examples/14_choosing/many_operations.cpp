// Async for waiting: ten thousand operations at once, on one thread
#include <fmt/core.h>

#include <chrono>
#include <utility>
#include <vector>

#include "tandem/async/join_all.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/time.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using namespace std::chrono_literals;
using async::Task;

Task<int> operation(int number) {
    co_await rt::time::sleep(1s);  // as if for an answer from far away
    co_return number;
}

Task<void> many_operations() {
    auto const start = rt::time::Instant::now();
    std::vector<Task<int>> operations;
    for (int i = 0; i < 10'000; ++i) {
        operations.push_back(operation(i));  // some hundred bytes each, where a thread takes 2 MB
    }
    auto const answers = co_await async::join_all(std::move(operations));

    auto const took = std::chrono::floor<std::chrono::seconds>(start.elapsed());
    fmt::print("{} operations of 1 s each took {} s\n", answers.size(), took.count());
}

int main() {
    rt::Runtime const one_thread = rt::Builder::new_current_thread().enable_all().build().unwrap();
    one_thread.block_on(many_operations());
}

// prints:
// 10000 operations of 1 s each took 1 s
