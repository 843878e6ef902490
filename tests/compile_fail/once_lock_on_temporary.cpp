// error: deleted (member )?function
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/sync/once_lock.hpp"

using tandem::sync::OnceLock;

int main() {
    auto const init = [] { return 42; };
#ifndef CORRECTED
    int const& n = OnceLock<int>().get_or_init(init);
#else
    OnceLock<int> const place;
    int const& n = place.get_or_init(init);
#endif
    return n;
}
