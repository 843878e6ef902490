// error: take each by value or by const&.*share an Arc<Mutex<T>>
// Rust: error[E0308]: mismatched types: expected `&mut i32`, found `i32`
#include "tandem/thread/spawn.hpp"

void increment(int& n) { n += 1; }

int main() {
    int counter = 0;
    tandem::thread::spawn(increment, counter).join().unwrap();
}
