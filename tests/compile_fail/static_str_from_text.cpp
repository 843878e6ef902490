// error: no matching function|could not convert|private|no viable conversion|conversion from
// Rust: error[E0308]: mismatched types: expected `&'static str`, found `&str`
#include <string>

#include "tandem/core/static_str.hpp"

using tandem::operator""_static;

int main() {
#ifndef CORRECTED
    std::string const text = "hello";
    tandem::StaticStr const forever = text;
#else
    tandem::StaticStr const forever = "hello"_static;
#endif
}
