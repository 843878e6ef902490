// Caught: a task that two threads poll at the same time
#include <fmt/core.h>

#include <functional>

#include "show.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/task.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/barrier.hpp"
#include "tandem/thread/scope.hpp"

namespace async = tandem::async;
namespace thread = tandem::thread;
using async::Task;
using tandem::sync::Barrier;

int meet(Barrier const& begun, Barrier const& over) {
    begun.wait();
    over.wait();
    return 42;
}

Task<int> shared(Barrier const& begun, Barrier const& over) { co_return meet(begun, over); }

int main() {
    show_reports();
    Barrier const begun(2);
    Barrier const over(2);
    Task<int> task = shared(begun, over);

    thread::scope([&](auto& scope) {
        auto first = scope.spawn([](auto same) { return async::block_on(std::ref(*same)); },
                                 tandem::unsafe_send(&task));
        begun.wait();  // it runs
        try {
            async::block_on(std::ref(task));
        } catch (tandem::Panic const&) { fmt::print("the second poll panics\n"); }
        over.wait();
        fmt::print("{}\n", first.join().unwrap());
    });
}

// prints:
// polled_twice.cpp:25: the task `shared` is polled while another poll of it is under way. A
// future belongs to one task: let one thread poll it, and tell the others by a channel
// the second poll panics
// 42
