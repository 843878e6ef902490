// error: cannot bind non-const lvalue reference|no matching member function
// Rust: error[E0308]: mismatched types: expected `MutexGuard<'_, _>`, found `Result<…>`
#include "tandem/sync/condvar.hpp"

using namespace tandem::sync;

int main() {
    Mutex<bool> const mutex{false};
    Condvar const changed;
#ifndef CORRECTED
    changed.wait(mutex.lock().unwrap()).unwrap();
#else
    auto guard = mutex.lock().unwrap();
    changed.wait(guard).unwrap();
#endif
}
