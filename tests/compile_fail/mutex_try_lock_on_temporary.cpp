// error: deleted (member )?function
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/sync/mutex.hpp"

int main() {
#ifndef CORRECTED
    auto const guard = tandem::sync::Mutex<int>{1}.try_lock();
#else
    tandem::sync::Mutex<int> const lock{1};
    auto const guard = lock.try_lock();
#endif
}
