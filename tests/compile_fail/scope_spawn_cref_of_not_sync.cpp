// error: std::cref of a type that is Sync
// Rust: error[E0277]: `Cell<i32>` cannot be shared between threads safely
#include <functional>

#include "tandem/thread/scope.hpp"

struct Cell {
    mutable int value = 0;
};

int main() {
    Cell const cell;
    tandem::thread::scope([&](tandem::thread::Scope& s) {
        s.spawn([](Cell const& mine) { mine.value += 1; }, std::cref(cell));
    });
}
