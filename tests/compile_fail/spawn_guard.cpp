// error: a guard must be dropped by the thread that locked: send the Arc<Mutex<T>>
// Rust: error[E0277]: `MutexGuard<'_, i32>` cannot be sent between threads safely
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
    sync::Mutex<int> const counter{0};
    auto guard = counter.lock().unwrap();
    thread::spawn([](sync::MutexGuard<int> mine) { *mine += 1; }, std::move(guard)).join().unwrap();
}
