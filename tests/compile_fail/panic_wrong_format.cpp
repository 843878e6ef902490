// error: constant expression|on_error
// Rust: error[E0277]: the trait bound `&str: LowerHex` is not satisfied
#include "tandem/core/panic.hpp"

int main() {
#ifndef CORRECTED
    tandem::panic("{:x}", "text");
#else
    tandem::panic("{:x}", 255);
#endif
}
