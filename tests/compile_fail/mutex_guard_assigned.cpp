// error: deleted (function|operator|member)
// Rust: none: there the old guard is dropped; here it would unlock unseen
#include "tandem/sync/mutex.hpp"

int main() {
    tandem::sync::Mutex<int> const a{1};
    tandem::sync::Mutex<int> const b{2};
    auto guard = a.lock().unwrap();
    guard = b.lock().unwrap();
}
