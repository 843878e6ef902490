// error: this type is not copied silently.*x.clone\(\) to share it
// Rust: error[E0382]: use of moved value: `shared`
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/sync/arc.hpp"

using namespace tandem;

int main() {
    auto const shared = sync::make_arc(6);
    auto const times_seven = [](sync::Arc<int> n) -> async::Task<int> { co_return *n * 7; };
#ifndef CORRECTED
    auto handle = rt::spawn(times_seven, shared);
#else
    auto handle = rt::spawn(times_seven, shared.clone());
#endif
}
