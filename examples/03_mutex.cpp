// Mutex: a shared counter that loses no increment
#include <fmt/core.h>

#include <vector>

#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::Mutex;

void safe_shared_counter() {
    auto counter = make_arc<Mutex<int>>(0);
    std::vector<thread::JoinHandle<void>> handles;

    for (int i = 0; i < 10; ++i) {
        auto handle = thread::spawn(
            [](Arc<Mutex<int>> counter_clone) {
                for (int n = 0; n < 100; ++n) {
                    auto num = counter_clone->lock().unwrap();
                    *num += 1;
                }  // the guard ends here, and with it the lock
            },
            counter.clone());
        handles.push_back(std::move(handle));
    }

    for (auto& handle : handles) {
        handle.join().unwrap();
    }

    fmt::print("Final count: {}\n", *counter->lock().unwrap());
}

int main() { safe_shared_counter(); }

// prints:
// Final count: 1000
