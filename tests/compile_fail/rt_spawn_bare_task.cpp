// error: this future may borrow from you.*spawn\(fetch, url\), not spawn\(fetch\(url\)\)
// Rust: error[E0597]: `text` does not live long enough
#include <string>

#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"

tandem::async::Task<std::size_t> length(std::string const& text) { co_return text.size(); }

int main() {
    std::string const text = "hello";
#ifndef CORRECTED
    auto handle = tandem::rt::spawn(length(text));
#else
    auto handle = tandem::rt::spawn(length, text);
#endif
}
