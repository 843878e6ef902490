// error: what the thread returns is not Send: it borrows from the thread.*Return a value
// Rust: error[E0515]: cannot return value referencing function parameter
#include <string>
#include <string_view>

#include "tandem/thread/spawn.hpp"

std::string_view first_word(std::string const& text) {
    return std::string_view(text).substr(0, text.find(' '));
}

int main() {
    auto handle = tandem::thread::spawn(first_word, std::string("hello world"));
    handle.join().unwrap();
}
