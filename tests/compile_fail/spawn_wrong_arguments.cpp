// error: the function cannot be called with these arguments
// Rust: error[E0057]: this function takes 2 arguments but 1 argument was supplied
#include "tandem/thread/spawn.hpp"

int main() {
    auto const add = [](int a, int b) { return a + b; };
#ifndef CORRECTED
    tandem::thread::spawn(add, 1).join().unwrap();
#else
    tandem::thread::spawn(add, 1, 2).join().unwrap();
#endif
}
