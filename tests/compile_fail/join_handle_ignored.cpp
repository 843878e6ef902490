// error: nodiscard.*join it, or say drop
// Rust: none: there, a JoinHandle may be dropped without a word
#pragma GCC diagnostic error "-Wunused-result"
#include "tandem/core/drop.hpp"
#include "tandem/thread/spawn.hpp"

int main() {
#ifndef CORRECTED
    tandem::thread::spawn([] {});
#else
    tandem::drop(tandem::thread::spawn([] {}));
#endif
}
