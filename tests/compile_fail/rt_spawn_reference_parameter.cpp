// error: cannot be called with these arguments.*share an Arc<Mutex<T>>
// Rust: error[E0373]: async block may outlive the current function, but it borrows `n`
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"

using tandem::async::Task;

#ifndef CORRECTED
Task<> add_one(int& n) {
#else
Task<> add_one(int n) {
#endif
    n += 1;
    co_return;
}

int main() {
    int n = 6;
    auto handle = tandem::rt::spawn(add_one, n);
}
