// error: take each by value or by const&.*share an Arc<Mutex<T>>
// Rust: error[E0308]: mismatched types: expected `&mut i32`, found `i32`
#include "tandem/thread/spawn.hpp"

int main() {
    int counter = 0;
    tandem::thread::spawn([](auto& n) { n += 1; }, counter).join().unwrap();
}
