// error: try_join waits for futures of Results, to end with the first error
// Rust: error[E0308]: mismatched types: expected `Result<_, _>`, found integer
#include "tandem/async/ready.hpp"
#include "tandem/async/try_join.hpp"

using namespace tandem::async;

int main() {
#ifndef CORRECTED
    auto both = try_join(ready(1), ready(2));
#else
    using Number = tandem::Result<int, int>;
    auto both = try_join(ready(Number(1)), ready(Number(2)));
#endif
    static_cast<void>(both);
}
