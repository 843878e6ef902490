// error: drop takes the value away: write drop\(std::move\(x\)\)
// Rust: none: there, naming a value moves it
#include <string>

#include "tandem/core/drop.hpp"

int main() {
    std::string text = "hello";
#ifndef CORRECTED
    tandem::drop(text);
#else
    tandem::drop(std::move(text));
#endif
}
