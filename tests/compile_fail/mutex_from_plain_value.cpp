// error: no (viable )?conversion|conversion from
// Rust: error[E0308]: mismatched types: expected `Mutex<i32>`, found integer
#include "tandem/sync/mutex.hpp"

int main() {
#ifndef CORRECTED
    tandem::sync::Mutex<int> const mutex = 1;
#else
    tandem::sync::Mutex<int> const mutex{1};
#endif
}
