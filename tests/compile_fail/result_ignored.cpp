// error: nodiscard
// Rust: warning: unused `Result` that must be used
#pragma GCC diagnostic error "-Wunused-result"
#include "tandem/core/result.hpp"

tandem::Result<void, int> save();

int main() {
#ifndef CORRECTED
    save();
#else
    save().unwrap();
#endif
}
