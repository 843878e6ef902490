// error: cannot convert|no viable conversion
// Rust: error[E0308]: mismatched types: expected `i32`, found `Result<i32, i32>`
#include "tandem/core/result.hpp"

tandem::Result<int, int> parse(char const* text);

int main() {
#ifndef CORRECTED
    int const port = parse("8080");
#else
    int const port = parse("8080").unwrap();
#endif
    return port;
}
