// error: what the task returns is not Send
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"

int main() {
    auto handle = tandem::rt::spawn([]() -> tandem::async::Task<int*> { co_return nullptr; });
}
