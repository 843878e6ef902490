// RwLock: readers at the same time, the writer alone
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "tandem/sync/arc.hpp"
#include "tandem/sync/rwlock.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::RwLock;

using Shared = Arc<RwLock<std::vector<int>>>;

void reader_writer_pattern() {
    auto data = make_arc<RwLock<std::vector<int>>>(std::vector{1, 2, 3});
    std::vector<thread::JoinHandle<void>> handles;

    // Several readers may be in at the same time.
    for (int i = 0; i < 5; ++i) {
        handles.push_back(thread::spawn(
            [](int number, Shared mine) {
                auto guard = mine->read().unwrap();
                // Who comes after the writer sees four numbers; to print the same each time, we
                // print only the first three.
                fmt::print("Reader {}: [{}, {}, {}]\n", number, (*guard)[0], (*guard)[1],
                           (*guard)[2]);
            },
            i, data.clone()));
    }

    // The one writer waits until all of them have left.
    handles.push_back(thread::spawn(
        [](Shared mine) {
            auto guard = mine->write().unwrap();
            guard->push_back(4);
            fmt::print("Writer: added element\n");
        },
        data.clone()));

    for (auto& handle : handles) {
        handle.join().unwrap();
    }

    fmt::print("In the end: {}\n", *data->read().unwrap());
}

int main() { reader_writer_pattern(); }

// prints in any order:
// Reader 0: [1, 2, 3]
// Reader 1: [1, 2, 3]
// Reader 2: [1, 2, 3]
// Reader 3: [1, 2, 3]
// Reader 4: [1, 2, 3]
// Writer: added element
// In the end: [1, 2, 3, 4]
