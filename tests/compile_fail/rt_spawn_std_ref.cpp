// error: std::ref would let two threads write one variable
// Rust: error[E0373]: async block may outlive the current function, but it borrows `n`
#include <functional>

#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"

int main() {
    int n = 6;
    auto handle = tandem::rt::spawn(
        [](int& mine) -> tandem::async::Task<int> { co_return mine * 7; }, std::ref(n));
}
