// error: deleted (copy )?(constructor|function)
// Rust: error[E0382]: use of moved value: `guard`
#include "tandem/sync/mutex.hpp"

int main() {
    tandem::sync::Mutex<int> const mutex{1};
    auto guard = mutex.lock().unwrap();
#ifndef CORRECTED
    auto const second = guard;
#else
    auto const second = std::move(guard);
#endif
}
