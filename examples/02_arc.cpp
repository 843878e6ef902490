// Arc: several threads own the same data, and the last one frees it
#include <fmt/core.h>

#include <numeric>
#include <vector>

#include "tandem/sync/arc.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;

void share_immutable_data() {
    auto data = make_arc<std::vector<int>>({1, 2, 3, 4, 5});
    std::vector<thread::JoinHandle<void>> handles;

    for (int i = 0; i < 3; ++i) {
        auto data_clone = data.clone();  // one more owner; the five numbers are not copied
        auto handle = thread::spawn(
            [](int number, Arc<std::vector<int>> mine) {
                int const sum = std::accumulate(mine->begin(), mine->end(), 0);
                fmt::print("Thread {}: sum = {}\n", number, sum);
            },
            i, std::move(data_clone));
        handles.push_back(std::move(handle));
    }

    for (auto& handle : handles) {
        handle.join().unwrap();
    }
}

int main() { share_immutable_data(); }

// prints in any order:
// Thread 0: sum = 15
// Thread 1: sum = 15
// Thread 2: sum = 15
