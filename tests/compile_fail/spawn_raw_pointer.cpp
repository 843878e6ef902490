// error: raw pointer.*share it as Arc<T> \(read\) or Arc<Mutex<T>> \(write\).*unsafe_send
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include "tandem/thread/spawn.hpp"

int main() {
    int counter = 0;
    auto const increment = [](int* n) { *n += 1; };
#ifndef CORRECTED
    tandem::thread::spawn(increment, &counter).join().unwrap();
#else
    tandem::thread::spawn(increment, tandem::unsafe_send(&counter)).join().unwrap();
#endif
}
