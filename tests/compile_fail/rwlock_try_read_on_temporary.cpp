// error: deleted (member )?function
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/sync/rwlock.hpp"

int main() {
#ifndef CORRECTED
    auto const guard = tandem::sync::RwLock<int>{1}.try_read();
#else
    tandem::sync::RwLock<int> const lock{1};
    auto const guard = lock.try_read();
#endif
}
