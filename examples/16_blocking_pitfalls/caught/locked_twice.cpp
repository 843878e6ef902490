// Caught: a thread that waits for a lock which it holds itself
#include <fmt/core.h>

#include <cstdlib>

#include "show.hpp"
#include "tandem/core/diagnostics.hpp"
#include "tandem/sync/mutex.hpp"

using tandem::sync::Mutex;

void add(Mutex<int> const& total, int n) { *total.lock().unwrap() += n; }

void add_twice(Mutex<int> const& total) {
    auto guard = total.lock().unwrap();
    *guard += 1;
    add(total, 1);  // which locks again
}

int main() {
    show_reports();
    // From here on the program would stand still: this one ends with what was reported.
    auto print = tandem::set_diagnostics(nullptr);
    tandem::set_diagnostics([print](tandem::Diagnostic const& report) {
        print(report);
        std::fflush(stdout);
        std::_Exit(0);
    });

    Mutex<int> const total{0};
    add_twice(total);
    fmt::print("{}\n", *total.lock().unwrap());
}

// prints:
// locked_twice.cpp:12: this thread waits for ever: the lock it asks for here it holds
// already, since locked_twice.cpp:15. End the first guard before, or use it here
