// error: deleted (copy )?(constructor|function)
// Rust: error[E0382]: use of moved value: `rx`
#include "tandem/sync/mpsc.hpp"

int main() {
    auto [tx, rx] = tandem::sync::mpsc::channel<int>();
    auto const second = rx;
}
