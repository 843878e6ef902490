// error: read-only|returns a const value
// Rust: error[E0594]: cannot assign to data in dereference of `RwLockReadGuard<'_, i32>`
#include "tandem/sync/rwlock.hpp"

int main() {
    tandem::sync::RwLock<int> const lock{1};
#ifndef CORRECTED
    *lock.read().unwrap() = 2;
#else
    *lock.write().unwrap() = 2;
#endif
}
