// error: captures variables.*pass each value as an argument
// Rust: error[E0373]: closure may outlive the current function, but it borrows `n`
#include "tandem/rt/spawn_blocking.hpp"

int main() {
    int const n = 6;
#ifndef CORRECTED
    auto handle = tandem::rt::spawn_blocking([&n] { return n * 7; });
#else
    auto handle = tandem::rt::spawn_blocking([](int mine) { return mine * 7; }, n);
#endif
}
