// error: no match|no matching member function
// Rust: none: there, unwrap_or(()) is the unit value
#include "tandem/core/result.hpp"

int main() {
    tandem::Result<void, int> const done = tandem::Ok();
    done.unwrap_or(1);
}
