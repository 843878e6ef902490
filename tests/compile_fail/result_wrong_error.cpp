// error: could not convert|no viable conversion
// Rust: error[E0308]: mismatched types: expected `i32`, found `&str`
#include "tandem/core/result.hpp"

tandem::Result<int, int> parse() {
#ifndef CORRECTED
    return tandem::Err("not a number");
#else
    return tandem::Err(22);
#endif
}
