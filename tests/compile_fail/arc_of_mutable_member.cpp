// error: this argument is not Send: it may share something
// Rust: error[E0277]: `Cell<i32>` cannot be shared between threads safely
#include "tandem/sync/arc.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

struct Cell {
#ifndef CORRECTED
    mutable int value = 0;
#else
    int value = 0;
#endif
};

int main() {
    auto const cell = sync::make_arc<Cell>();
    thread::spawn([](sync::Arc<Cell> mine) { return mine->value; }, cell.clone()).join().unwrap();
}
