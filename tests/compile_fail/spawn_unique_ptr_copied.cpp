// error: not copied silently: pass std::move\(x\) to give it away
// Rust: error[E0382]: borrow of moved value: `owner`
#include <memory>

#include "tandem/thread/spawn.hpp"

int main() {
    auto owner = std::make_unique<int>(42);
    auto const read = [](std::unique_ptr<int> mine) { return *mine; };
#ifndef CORRECTED
    tandem::thread::spawn(read, owner).join().unwrap();
#else
    tandem::thread::spawn(read, std::move(owner)).join().unwrap();
#endif
}
