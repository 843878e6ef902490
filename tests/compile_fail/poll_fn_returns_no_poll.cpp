// error: poll_fn's function has to return a Poll: Poll<T>::ready\(value\) or Poll<T>::pending
// Rust: error[E0308]: mismatched types: expected `Poll<_>`, found integer
#include "tandem/async/poll_fn.hpp"

using namespace tandem::async;

int main() {
#ifndef CORRECTED
    poll_fn([](Context&) { return 5; });
#else
    auto five = poll_fn([](Context&) { return Poll<int>::ready(5); });
    static_cast<void>(five);
#endif
}
