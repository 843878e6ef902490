#include "tandem/sync/arc.hpp"

#include <memory>

#include "support/bench.hpp"

using namespace tandem::bench;

namespace {

// No compiler takes an atomic operation away, so the clone needs no other use.

struct Tandem {
    tandem::sync::Arc<long> shared = tandem::sync::make_arc<long>(7);

    [[gnu::always_inline]] void clone_and_drop() const { auto const mine = shared.clone(); }
};

struct Std {
    std::shared_ptr<long const> shared = std::make_shared<long const>(7);

    [[gnu::always_inline]] void clone_and_drop() const { auto const mine = shared; }
};

template <class Shared>
Sample alone() {
    Shared const shared;
    return repeated(5'000'000, [&] { shared.clone_and_drop(); });
}

template <class Shared>
Sample both_at_one() {
    Shared const shared;
    return crowded(2, [&](int, long) { shared.clone_and_drop(); });
}

}  // namespace

int main(int argc, char** argv) {
    return serve(
        argc, argv,
        {{.work = "Arc clone+drop, 1 thread",
          .contenders = {{"tandem", alone<Tandem>}, {"std::shared_ptr", alone<Std>}}},
         {.work = "Arc clone+drop, 2 threads on one",
          .contenders = {{"tandem", both_at_one<Tandem>}, {"std::shared_ptr", both_at_one<Std>}}}});
}
