// error: constant expression
// Rust: error: 2 positional arguments in format string, but there is 1 argument
#include "tandem/core/panic.hpp"

int main() {
#ifndef CORRECTED
    tandem::panic("{} of {}", 1);
#else
    tandem::panic("{} of {}", 1, 2);
#endif
}
