// Caught: block_on in a task, which would wait for tasks of the very thread that it blocks
#include <fmt/core.h>

#include "show.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/rt/run.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using async::Task;

Task<int> answer() { co_return 42; }

Task<int> wrong() { co_return async::block_on(answer()); }

Task<int> right() { co_return co_await answer(); }

Task<void> async_main() {
    try {
        co_await wrong();
    } catch (tandem::Panic const& panic) { fmt::print("{}\n", in_lines(panic.what())); }
    fmt::print("{}\n", co_await right());
}

int main() {
    show_reports();
    rt::run(async_main);
}

// prints:
// block_on() cannot block this thread: it runs a runtime's tasks, and all of them would wait
// with it. Here, co_await the future; where it has to block, do so in rt::spawn_blocking
// 42
