// error: deleted (member )?function|deleted operator
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/sync/lazy_lock.hpp"

using tandem::sync::LazyLock;

int main() {
    auto const init = [] { return 42; };
#ifndef CORRECTED
    int const& n = *LazyLock(init);
#else
    LazyLock const lazy(init);
    int const& n = *lazy;
#endif
    return n;
}
