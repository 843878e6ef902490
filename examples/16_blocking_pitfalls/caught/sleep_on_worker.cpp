// Caught: thread::sleep in a task, which stops every task of its thread
#include <fmt/core.h>

#include <chrono>

#include "show.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"
#include "tandem/thread/thread.hpp"

namespace rt = tandem::rt;
namespace thread = tandem::thread;
using namespace std::chrono_literals;
using tandem::async::Task;

Task<void> wrong() {
    thread::sleep(10ms);
    co_return;
}

Task<void> right() { co_await rt::time::sleep(10ms); }

Task<void> right_too() {
    auto slept = rt::spawn_blocking([] { thread::sleep(10ms); });  // a thread that is there for it
    (co_await std::move(slept)).unwrap();
}

Task<void> async_main() {
    co_await wrong();
    co_await right();
    co_await right_too();
    fmt::print("slept three times\n");
}

int main() {
    show_reports();
    rt::run(async_main);
}

// prints:
// sleep_on_worker.cpp:19: thread::sleep blocks a thread that runs tasks, and all of them
// wait with it. In a task, co_await rt::time::sleep; where it has to block, do so in
// rt::spawn_blocking
// slept three times
