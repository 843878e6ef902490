// error: select's handlers have to return one type, which is the select's Output
// Rust: error[E0308]: `match` arms have incompatible types
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"

using namespace tandem::async;

int main() {
    auto const number = [](int n) { return n; };
#ifndef CORRECTED
    auto const text = [] { return "nothing"; };
#else
    auto const text = [] { return 0; };
#endif
    auto first = select(on(ready(1), number), on(ready(), text));
    static_cast<void>(first);
}
