// error: captures variables.*pass each value as an argument
// Rust: error[E0373]: closure may outlive the current function, but it borrows `counter`
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
#ifndef CORRECTED
    int counter = 0;
    auto handle = thread::spawn([&counter] { counter += 1; });
#else
    auto const counter = sync::make_arc<sync::Mutex<int>>(0);
    auto handle = thread::spawn(
        [](sync::Arc<sync::Mutex<int>> mine) { *mine->lock().unwrap() += 1; }, counter.clone());
#endif
    handle.join().unwrap();
}
