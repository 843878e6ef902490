// error: captures variables.*pass each value as an argument
// Rust: none: there, a scoped thread may borrow what it captures for reading
#include <functional>
#include <vector>

#include "tandem/thread/scope.hpp"

int main() {
    std::vector<int> const numbers{1, 2, 3};
    tandem::thread::scope([&](tandem::thread::Scope& s) {
#ifndef CORRECTED
        s.spawn([&numbers] { return numbers.size(); });
#else
        s.spawn([](std::vector<int> const& all) { return all.size(); }, std::cref(numbers));
#endif
    });
}
