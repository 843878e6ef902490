// error: captures variables.*pass each value as an argument
// Rust: error[E0373]: async block may outlive the current function, but it borrows `n`
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"

int main() {
    int const n = 6;
#ifndef CORRECTED
    auto handle = tandem::rt::spawn([&n]() -> tandem::async::Task<int> { co_return n * 7; });
#else
    auto handle =
        tandem::rt::spawn([](int mine) -> tandem::async::Task<int> { co_return mine * 7; }, n);
#endif
}
