// error: this argument is not Send: it may share something
// Rust: error[E0277]: `*const i32` cannot be sent between threads safely, within `Slice`
#include "tandem/thread/spawn.hpp"

struct Slice {
    int const* begin;
    int size;
};

int main() {
    int const numbers[] = {1, 2, 3};
    tandem::thread::spawn([](Slice s) { return s.size; }, Slice{numbers, 3}).join().unwrap();
}
