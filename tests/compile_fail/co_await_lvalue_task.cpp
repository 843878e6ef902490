// error: co_await takes a future away: write co_await std::move\(future\), or co_await std::ref
// Rust: error[E0382]: use of moved value: `task`
#include <utility>

#include "tandem/async/task.hpp"

using namespace tandem::async;

Task<int> work() { co_return 1; }

Task<> await_it() {
    auto task = work();
#ifndef CORRECTED
    co_await task;
#else
    co_await std::move(task);
#endif
}

int main() {}
