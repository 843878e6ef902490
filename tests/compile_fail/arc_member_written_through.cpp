// error: discards qualifiers|no matching member function
// Rust: error[E0596]: cannot borrow data in an `Arc` as mutable
#include <vector>

#include "tandem/sync/arc.hpp"

int main() {
    auto const shared = tandem::sync::make_arc<std::vector<int>>({1, 2, 3});
    shared->push_back(4);
}
