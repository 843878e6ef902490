// Runtime: one thread, or several
#include <fmt/core.h>

#include "tandem/async/task.hpp"
#include "tandem/rt/builder.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/thread/thread.hpp"

namespace rt = tandem::rt;
namespace thread = tandem::thread;
using tandem::async::Task;

Task<thread::ThreadId> where() { co_return thread::current().id(); }

Task<void> your_async_code() {
    auto const here = co_await where();  // awaited: on this thread
    auto handle = rt::spawn(where);      // spawned: on one of the runtime's
    auto const there = (co_await std::move(handle)).unwrap();
    fmt::print("a spawned task runs on {} thread\n", here == there ? "this" : "another");
}

void runtime_options() {
    // Single-threaded runtime: its one thread is whichever is in block_on
    rt::Runtime const single = rt::Builder::new_current_thread()  //
                                   .enable_all()
                                   .build()
                                   .unwrap();
    single.block_on(your_async_code());

    // Multi-threaded runtime: its threads are its own, and block_on's is not one of them
    rt::Runtime const multi = rt::Builder::new_multi_thread()  //
                                  .worker_threads(4)
                                  .enable_all()
                                  .build()
                                  .unwrap();
    multi.block_on(your_async_code());
}

int main() { runtime_options(); }

// prints:
// a spawned task runs on this thread
// a spawned task runs on another thread
