// error: this argument is not Send: it may share something
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include <vector>

#include "tandem/thread/spawn.hpp"

int main() {
    int n = 0;
    std::vector<int*> const all{&n};
    tandem::thread::spawn([](std::vector<int*> mine) { *mine[0] = 1; }, all).join().unwrap();
}
