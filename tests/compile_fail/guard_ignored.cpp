// error: nodiscard
// Rust: warning: unused `MutexGuard` that must be used
#pragma GCC diagnostic error "-Wunused-result"
#include "tandem/sync/mutex.hpp"

int main() {
    tandem::sync::Mutex<int> const mutex{1};
#ifndef CORRECTED
    mutex.lock();
#else
    auto const guard = mutex.lock();
#endif
}
