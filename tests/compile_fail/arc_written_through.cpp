// error: read-only|returns a const value
// Rust: error[E0594]: cannot assign to data in an `Arc`
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

int main() {
#ifndef CORRECTED
    auto const shared = tandem::sync::make_arc<int>(0);
    *shared = 1;
#else
    auto const shared = tandem::sync::make_arc<tandem::sync::Mutex<int>>(0);
    *shared->lock().unwrap() = 1;
#endif
}
