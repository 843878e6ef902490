// error: deleted (copy )?(constructor|function)
// Rust: error[E0382]: use of moved value: `tx`
#include "tandem/sync/mpsc.hpp"

int main() {
    auto [tx, rx] = tandem::sync::mpsc::channel<int>();
#ifndef CORRECTED
    auto const second = tx;
#else
    auto const second = tx.clone();
#endif
}
