// Async blocks: a future made in place, that owns what it uses
#include <fmt/core.h>

#include "tandem/async/block.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"

namespace async = tandem::async;
using async::Task;

async::Future auto make_future(int x) {
    // `async move { x + 1 }`: x is an argument, and so a part of the future.
    return async::block([](int mine) -> Task<int> { co_return mine + 1; }, x);
}

int main() { fmt::print("result = {}\n", async::block_on(make_future(41))); }

// prints:
// result = 42
