// error: a guard must be dropped by the thread that locked: send the Arc<
// Rust: error[E0277]: `RwLockReadGuard<'_, i32>` cannot be sent between threads safely
#include "tandem/sync/rwlock.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
    sync::RwLock<int> const lock{0};
    auto guard = lock.read().unwrap();
    thread::spawn([](sync::RwLockReadGuard<int>) {}, std::move(guard)).join().unwrap();
}
