// error: not copied silently: pass std::move\(x\) to give it away, or x.clone\(\) to share it
// Rust: error[E0382]: borrow of moved value: `tx`
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/spawn.hpp"

namespace mpsc = tandem::sync::mpsc;

int main() {
    auto [tx, rx] = mpsc::channel<int>();
    auto const send = [](mpsc::Sender<int> mine) { mine.send(1).unwrap(); };
#ifndef CORRECTED
    tandem::thread::spawn(send, tx).join().unwrap();
#else
    tandem::thread::spawn(send, tx.clone()).join().unwrap();
#endif
}
