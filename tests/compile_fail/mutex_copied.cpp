// error: deleted (copy )?(constructor|function)
// Rust: error[E0382]: use of moved value: `first`
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

using namespace tandem::sync;

int main() {
#ifndef CORRECTED
    Mutex<int> const first{1};
    Mutex<int> const second = first;
#else
    auto const first = make_arc<Mutex<int>>(1);
    auto const second = first.clone();
#endif
}
