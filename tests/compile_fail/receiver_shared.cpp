// error: this argument is not Send: it may share something
// Rust: error[E0277]: `Receiver<i32>` cannot be shared between threads safely
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

int main() {
    auto [tx, rx] = sync::mpsc::channel<int>();
#ifndef CORRECTED
    auto const shared = sync::make_arc(std::move(rx));
#else
    using Receiver = sync::mpsc::Receiver<int>;
    auto const shared = sync::make_arc<sync::Mutex<Receiver>>(std::move(rx));
#endif
    thread::spawn([](auto const&) {}, shared.clone()).join().unwrap();
}
