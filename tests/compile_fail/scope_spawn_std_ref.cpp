// error: std::ref would let two threads write one variable.*thread::scope and std::cref
// Rust: error[E0502]: cannot borrow `counter` as immutable because it is also borrowed as mutable
#include <functional>

#include "tandem/thread/scope.hpp"

int main() {
    int counter = 0;
    tandem::thread::scope([&](tandem::thread::Scope& s) {
#ifndef CORRECTED
        s.spawn([](int& n) { n += 1; }, std::ref(counter)).join().unwrap();
#else
        s.spawn([](int const& n) { return n + 1; }, std::cref(counter)).join().unwrap();
#endif
    });
}
