// error: string_view or span borrows.*pass a std::string or std::vector, or use thread::scope
// Rust: error[E0597]: `text` does not live long enough
#include <string>
#include <string_view>

#include "tandem/thread/scope.hpp"
#include "tandem/thread/spawn.hpp"

int main() {
    std::string const text = "hello";
    auto const length = [](std::string_view view) { return view.size(); };
#ifndef CORRECTED
    tandem::thread::spawn(length, std::string_view(text)).join().unwrap();
#else
    tandem::thread::spawn(length, text).join().unwrap();
    tandem::thread::scope(
        [&](tandem::thread::Scope& s) { s.spawn(length, std::string_view(text)).join().unwrap(); });
#endif
}
