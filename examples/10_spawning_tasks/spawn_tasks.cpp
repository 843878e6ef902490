// Spawning tasks: ten that run beside each other, and their results
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::async::Task;

Task<void> spawn_tasks() {
    std::vector<rt::JoinHandle<int>> handles;

    for (int i = 0; i < 10; ++i) {
        // `async move { … }`: the lambda captures nothing, the task owns its arguments.
        auto handle = rt::spawn(
            [](int n) -> Task<int> {
                co_await rt::time::sleep(100ms);
                co_return n* n;  // Return value
            },
            i);
        handles.push_back(std::move(handle));
    }

    std::vector<int> results;
    for (auto& handle : handles) {
        results.push_back((co_await std::move(handle)).unwrap());
    }
    fmt::print("Results: {}\n", results);
}

int main() { rt::run(spawn_tasks); }

// prints:
// Results: [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]
