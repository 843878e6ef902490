// error: not copied silently: pass std::move\(x\) to give it away, or x.clone\(\) to share it
// Rust: error[E0382]: borrow of moved value: `data`
#include "tandem/sync/arc.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
    auto const data = sync::make_arc<int>(42);
    auto const read = [](sync::Arc<int> mine) { return *mine; };
#ifndef CORRECTED
    thread::spawn(read, data).join().unwrap();
#else
    thread::spawn(read, data.clone()).join().unwrap();
#endif
}
