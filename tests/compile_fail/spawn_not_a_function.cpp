// error: the function cannot be called with these arguments
// Rust: error[E0277]: expected a `FnOnce()` closure, found `{integer}`
#include "tandem/thread/spawn.hpp"

int main() { tandem::thread::spawn(42).join().unwrap(); }
