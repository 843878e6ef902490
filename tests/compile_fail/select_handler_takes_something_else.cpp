// error: on's handler cannot be called with what its future is ready with
// Rust: error[E0308]: mismatched types
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"

using namespace tandem::async;

int main() {
#ifndef CORRECTED
    auto const handler = [](int n) { return n; };
#else
    auto const handler = [] { return 0; };
#endif
    auto first = select(on(ready(), handler));
    static_cast<void>(first);
}
