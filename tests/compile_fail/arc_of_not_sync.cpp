// error: this argument is not Send: it may share something
// Rust: error[E0277]: `Log` cannot be shared between threads safely
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

using namespace tandem;

class Log {
public:
    using tandem_send = void;  // may go to a thread, but not be used by two
    void count_line() const { lines_ += 1; }

private:
    mutable int lines_ = 0;
};

int main() {
#ifndef CORRECTED
    auto const log = sync::make_arc<Log>();
#else
    auto const log = sync::make_arc<sync::Mutex<Log>>();
#endif
    thread::spawn([](auto const&) {}, log.clone()).join().unwrap();
}
