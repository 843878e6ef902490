// error: captures variables.*pass each value as an argument
// Rust: error[E0521]: borrowed data escapes outside of method
#include "tandem/thread/spawn.hpp"

struct Counter {
    int count = 0;

    void start() {
#ifndef CORRECTED
        tandem::thread::spawn([this] { count += 1; }).join().unwrap();
#else
        count = tandem::thread::spawn([](int n) { return n + 1; }, count).join().unwrap();
#endif
    }
};
