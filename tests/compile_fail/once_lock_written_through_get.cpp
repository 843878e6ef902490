// error: read-only|returns a const value
// Rust: error[E0594]: cannot assign to `*place.get().unwrap()`, which is behind a `&` reference
#include "tandem/sync/once_lock.hpp"

int main() {
    tandem::sync::OnceLock<int> place{1};
#ifndef CORRECTED
    *place.get() = 2;
#else
    *place.get_mut() = 2;
#endif
}
