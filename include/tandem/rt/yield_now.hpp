#pragma once

#include "tandem/async/yield_now.hpp"

namespace tandem::rt {

/// Lets the thread's other tasks run first. The same as async::yield_now, where Tokio has it.
///
/// Rust: tokio::task::yield_now
using async::yield_now;
using async::YieldNow;

}  // namespace tandem::rt
