// error: co_await needs a Future \(a Task, or anything with an Output and a poll\), or a Result
// Rust: error[E0277]: `{integer}` is not a future
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"

using namespace tandem::async;

Task<> await_it() {
#ifndef CORRECTED
    co_await 5;
#else
    co_await ready(5);
#endif
}

int main() {}
