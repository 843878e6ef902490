// error: what the thread returns is not Send: it borrows from the thread.*Return a value
// Rust: error[E0515]: cannot return reference to function parameter
#include <string>

#include "tandem/thread/spawn.hpp"

int main() {
    using Text = std::string;
#ifndef CORRECTED
    auto const identity = [](Text const& text) -> Text const& { return text; };
#else
    auto const identity = [](Text const& text) -> Text { return text; };
#endif
    auto handle = tandem::thread::spawn(identity, Text("hello"));
    handle.join().unwrap();
}
