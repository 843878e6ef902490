// error: string_view or span borrows.*pass a std::string or std::vector, or use thread::scope
// Rust: error[E0597]: `numbers` does not live long enough
#include <span>
#include <vector>

#include "tandem/thread/spawn.hpp"

int main() {
    std::vector<int> const numbers{1, 2, 3};
    auto const count = [](std::span<int const> all) { return all.size(); };
#ifndef CORRECTED
    tandem::thread::spawn(count, std::span<int const>(numbers)).join().unwrap();
#else
    tandem::thread::spawn(count, numbers).join().unwrap();
#endif
}
