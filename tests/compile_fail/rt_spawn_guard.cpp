// error: a guard must be dropped by the thread that locked: send the Arc<Mutex<T>>
// Rust: error: future cannot be sent between threads safely
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/sync/mutex.hpp"

using namespace tandem;

int main() {
    sync::Mutex<int> const counter{0};
    auto guard = counter.lock().unwrap();
    auto handle =
        rt::spawn([](sync::MutexGuard<int>) -> async::Task<> { co_return; }, std::move(guard));
}
