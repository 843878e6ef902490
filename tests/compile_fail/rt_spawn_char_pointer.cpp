// error: char pointer.*pass std::string\(text\), or "text"_static
// Rust: error[E0277]: `*const i8` cannot be sent between threads safely
#include "tandem/async/task.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/rt/spawn.hpp"

int main() {
    auto const length = [](auto text) -> tandem::async::Task<std::size_t> {
        co_return std::string_view(text).size();
    };
#ifndef CORRECTED
    auto handle = tandem::rt::spawn(length, "hello");
#else
    using tandem::operator""_static;
    auto handle = tandem::rt::spawn(length, "hello"_static);
#endif
}
