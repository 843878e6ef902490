// error: this argument is not Send: it may share something
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include "tandem/sync/arc.hpp"
#include "tandem/sync/lazy_lock.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
    int calls = 0;
    auto init = [&calls] { return ++calls; };
    auto const lazy = sync::make_arc<sync::LazyLock<int, decltype(init)>>(init);
    thread::spawn([](auto const& mine) { return **mine; }, lazy.clone()).join().unwrap();
}
