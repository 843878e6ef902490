// error: or_else wants a function that returns a Result; .*unwrap_or_else
// Rust: error[E0308]: mismatched types: expected `Result<_, _>`, found integer
#include "tandem/core/result.hpp"

int main() {
    tandem::Result<int, int> half = tandem::Err(21);
    auto const twice = [](int n) { return 2 * n; };
#ifndef CORRECTED
    std::move(half).or_else(twice).unwrap();
#else
    return std::move(half).unwrap_or_else(twice);
#endif
}
