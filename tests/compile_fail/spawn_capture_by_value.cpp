// error: captures variables.*pass each value as an argument
// Rust: none: there, `move` checks each captured value; C++ cannot look into a lambda
#include "tandem/thread/spawn.hpp"

int main() {
    int const n = 6;
#ifndef CORRECTED
    tandem::thread::spawn([n] { return n * 7; }).join().unwrap();
#else
    tandem::thread::spawn([](int mine) { return mine * 7; }, n).join().unwrap();
#endif
}
