// error: no match for|indirection requires
// Rust: error[E0614]: type `Mutex<i32>` cannot be dereferenced
#include "tandem/sync/mutex.hpp"

int main() {
    tandem::sync::Mutex<int> const mutex{1};
#ifndef CORRECTED
    return *mutex;
#else
    return *mutex.lock().unwrap();
#endif
}
