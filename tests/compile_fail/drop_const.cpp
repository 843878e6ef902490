// error: const value cannot be moved from.*declare it without const
// Rust: none: there, a value that may not change may still move
#include <string>

#include "tandem/core/drop.hpp"

int main() {
    std::string const text = "hello";
    tandem::drop(std::move(text));
}
