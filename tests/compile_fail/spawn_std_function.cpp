// error: this argument is not Send: it may share something
// Rust: error[E0277]: `dyn Fn()` cannot be sent between threads safely
#include <functional>

#include "tandem/thread/spawn.hpp"

int main() {
    int n = 0;
    std::function<void()> const increment = [&n] { n += 1; };
    tandem::thread::spawn([](std::function<void()> f) { f(); }, increment).join().unwrap();
}
