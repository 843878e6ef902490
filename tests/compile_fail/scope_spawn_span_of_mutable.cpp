// error: string_view or span borrows.*span of const
// Rust: error[E0499]: cannot borrow `numbers` as mutable more than once at a time
#include <span>
#include <vector>

#include "tandem/thread/scope.hpp"

int main() {
    std::vector<int> numbers{1, 2, 3};
    tandem::thread::scope([&](tandem::thread::Scope& s) {
#ifndef CORRECTED
        s.spawn([](std::span<int> all) { return all[0]; }, std::span<int>(numbers));
#else
        s.spawn([](std::span<int const> all) { return all[0]; }, std::span<int const>(numbers));
#endif
    });
}
