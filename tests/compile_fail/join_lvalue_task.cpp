// error: a future is given away to be waited for: write std::move\(future\), or std::ref\(future\)
// Rust: error[E0382]: use of moved value: `first`
#include <utility>

#include "tandem/async/join.hpp"
#include "tandem/async/task.hpp"

using namespace tandem::async;

Task<int> work() { co_return 1; }

int main() {
    auto first = work();
#ifndef CORRECTED
    auto both = join(first, work());
#else
    auto both = join(std::move(first), work());
#endif
    static_cast<void>(both);
}
