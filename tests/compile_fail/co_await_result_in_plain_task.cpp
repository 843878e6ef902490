// error: co_await of a Result ends the task with its error .*, so the task has to return a Result
// Rust: error[E0277]: the `?` operator can only be used in an async function that returns `Result`
#include "tandem/async/task.hpp"
#include "tandem/core/result.hpp"

using namespace tandem::async;
using tandem::Result;

Result<int, int> parse() { return 1; }

#ifndef CORRECTED
Task<int> twice() { co_return 2 * co_await parse(); }
#else
Task<Result<int, int>> twice() { co_return 2 * co_await parse(); }
#endif

int main() {}
