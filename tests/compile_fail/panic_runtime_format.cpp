// error: panic wants its format as a literal.*panic\("\{\}", text\)
// Rust: error: format argument must be a string literal
#include <string>

#include "tandem/core/panic.hpp"

int main() {
    std::string const message = "lost";
#ifndef CORRECTED
    tandem::panic(message);
#else
    tandem::panic("{}", message);
#endif
}
