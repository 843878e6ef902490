// error: and_then wants a function that returns a Result; .* plain value there is map
// Rust: error[E0308]: mismatched types: expected `Result<_, _>`, found integer
#include "tandem/core/result.hpp"

int main() {
    tandem::Result<int, int> const half = tandem::Ok(21);
    auto const twice = [](int n) { return 2 * n; };
#ifndef CORRECTED
    half.and_then(twice).unwrap();
#else
    half.map(twice).unwrap();
#endif
}
