// error: race's futures have one Output, which is the race's: use select
// Rust: error[E0308]: mismatched types
#include "tandem/async/race.hpp"
#include "tandem/async/ready.hpp"

using namespace tandem::async;

int main() {
#ifndef CORRECTED
    auto first = race(ready(1), ready());
#else
    auto first = race(ready(1), ready(2));
#endif
    static_cast<void>(first);
}
