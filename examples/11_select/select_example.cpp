// Select: the first of several futures, in a loop
#include <fmt/core.h>

#include <chrono>
#include <functional>
#include <string>

#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/time.hpp"

namespace async = tandem::async;
namespace rt = tandem::rt;
using namespace std::chrono_literals;
using async::on;
using async::Task;
using rt::time::sleep;

Task<std::string> async_operation(std::chrono::milliseconds takes) {
    co_await sleep(takes);
    co_return "Success";
}

enum class Then { go_on, stop };

Task<void> select_example(std::chrono::milliseconds takes) {
    // Made once, and lent to each select (in Tokio `&mut operation`). The chapter makes a new one
    // in each turn: one that takes longer than the timer would begin again, and never end.
    auto operation = async_operation(takes);
    auto too_long = sleep(10s);

    for (auto then = Then::go_on; then == Then::go_on;) {
        // A handler is a function, and cannot `break` this loop: it returns what to do.
        then = co_await async::select(  // of those that are ready a random one
            on(sleep(1s),
               [] {
                   fmt::print("Timer expired\n");
                   return Then::go_on;
               }),
            on(std::ref(operation),
               [](std::string const& result) {
                   fmt::print("Operation completed: {}\n", result);
                   return Then::stop;
               }),
            on(std::ref(too_long), [] {
                fmt::print("Interrupted\n");
                return Then::stop;
            }));
    }
}

int main() {
    rt::run(select_example, 500ms);
    rt::run(select_example, 1500ms);
}

// prints:
// Operation completed: Success
// Timer expired
// Operation completed: Success
