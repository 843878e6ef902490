// error: join_all takes the futures away: write join_all\(std::move\(futures\)\)
// Rust: error[E0277]: `&mut Vec<impl Future>` is not an iterator of futures
#include <utility>
#include <vector>

#include "tandem/async/join_all.hpp"
#include "tandem/async/task.hpp"

using namespace tandem::async;

int main() {
    std::vector<Task<int>> tasks;
#ifndef CORRECTED
    auto all = join_all(tasks);
#else
    auto all = join_all(std::move(tasks));
#endif
    static_cast<void>(all);
}
