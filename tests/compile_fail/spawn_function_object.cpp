// error: captures variables \(or is a class that is not Send\)
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include "tandem/thread/spawn.hpp"

struct Increment {
    int* counter;
    void operator()() const { *counter += 1; }
};

int main() {
    int counter = 0;
    tandem::thread::spawn(Increment{&counter}).join().unwrap();
}
