// A runtime for tests of what takes long: its time stands still, and jumps when all tasks wait.
#pragma once

#include <utility>

#include "tandem/async/block.hpp"
#include "tandem/rt/builder.hpp"

namespace tandem::testing {

/// Runs `fn(args...)`, a Task, to its end, on this thread.
template <class Fn, class... Args>
auto on_paused_runtime(Fn fn, Args... args) {
    rt::Runtime const runtime =
        rt::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    return runtime.block_on(fn(std::move(args)...));
}

}  // namespace tandem::testing
