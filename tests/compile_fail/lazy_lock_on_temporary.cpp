// error: deleted (member )?function|deleted operator
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/sync/lazy_lock.hpp"

using tandem::sync::LazyLock;

int main() {
#ifndef CORRECTED
    int const& n = *LazyLock<int>([] { return 42; });
#else
    LazyLock<int> const lazy([] { return 42; });
    int const& n = *lazy;
#endif
    return n;
}
