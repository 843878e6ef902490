// error: spawn wants a function that returns a Task or another future.*spawn_blocking
// Rust: error[E0277]: `i32` is not a future
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"

int main() {
#ifndef CORRECTED
    auto handle = tandem::rt::spawn([](int n) { return n * 7; }, 6);
#else
    auto handle = tandem::rt::spawn_blocking([](int n) { return n * 7; }, 6);
#endif
}
