// error: deleted (member )?function
// Rust: error[E0716]: temporary value dropped while borrowed
#include "tandem/rt/builder.hpp"

int main() {
    auto const& handle =
        tandem::rt::Builder::new_multi_thread().enable_all().build().unwrap().handle();
    static_cast<void>(handle);
}
