// error: this argument is not Send: it may share something
// Rust: error[E0277]: `*mut i32` cannot be sent between threads safely
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

namespace mpsc = tandem::sync::mpsc;

int main() {
    auto [tx, rx] = mpsc::channel<int*>();
    tandem::thread::spawn([](mpsc::Sender<int*>) {}, std::move(tx)).join().unwrap();
}
