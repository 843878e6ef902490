// error: deleted (copy )?(constructor|function)
// Rust: error[E0382]: borrow of moved value: `first`
#include "tandem/sync/arc.hpp"

int main() {
    auto const first = tandem::sync::make_arc<int>(42);
#ifndef CORRECTED
    auto const second = first;
#else
    auto const second = first.clone();
#endif
}
