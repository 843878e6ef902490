// error: a select has a handler for each future, or for none
// Rust: error: no rules expected the token `)` (a branch of select! without a handler)
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"

using namespace tandem::async;

int main() {
    auto const handler = [](int n) { return n; };
#ifndef CORRECTED
    auto first = select(on(ready(1), handler), ready(2));
#else
    auto first = select(on(ready(1), handler), on(ready(2), handler));
#endif
    static_cast<void>(first);
}
