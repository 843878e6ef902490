// error: this callable captures variables
// Rust: error[E0373]: closure may outlive the current function, but it borrows `counter`
//
// The chapter's data race, which rustc refuses and std::thread compiles without a word: the new
// thread would change `counter` while this one may be reading it, or after this one has returned.
// What works instead stands in 03_mutex.cpp.
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;

void broken_example() {
    int counter = 0;

    auto handle = thread::spawn([&] {
        counter += 1;  // error: a variable of another thread
    });

    handle.join().unwrap();
}

int main() { broken_example(); }
