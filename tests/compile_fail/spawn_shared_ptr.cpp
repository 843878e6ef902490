// error: every copy of this shared_ptr may write.*Arc<Mutex<T>> to write
// Rust: error[E0277]: `Rc<i32>` cannot be sent between threads safely
#include <memory>

#include "tandem/thread/spawn.hpp"

int main() {
#ifndef CORRECTED
    auto const shared = std::make_shared<int>(1);
#else
    auto const shared = std::make_shared<int const>(1);
#endif
    tandem::thread::spawn([](auto mine) { return *mine; }, shared).join().unwrap();
}
