// error: a future is given away to be waited for: write std::move
// Rust: error[E0382]: use of moved value: `task`
#include "tandem/async/task.hpp"
#include "tandem/rt/builder.hpp"

tandem::async::Task<int> answer() { co_return 42; }

int main() {
    auto const runtime = tandem::rt::Builder::new_current_thread().build().unwrap();
    auto task = answer();
#ifndef CORRECTED
    return runtime.block_on(task);
#else
    return runtime.block_on(std::move(task));
#endif
}
