// error: char pointer.*pass std::string\(text\), or "text"_static
// Rust: error[E0277]: `*const i8` cannot be sent between threads safely
#include "tandem/core/static_str.hpp"
#include "tandem/thread/spawn.hpp"

int main() {
    auto const length = [](auto text) { return std::string_view(text).size(); };
#ifndef CORRECTED
    tandem::thread::spawn(length, "hello").join().unwrap();
#else
    using tandem::operator""_static;
    tandem::thread::spawn(length, "hello"_static).join().unwrap();
    tandem::thread::spawn(length, std::string("hello")).join().unwrap();
#endif
}
