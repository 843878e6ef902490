#include "tandem/core/detail/spin.hpp"

#include <atomic>

#include "support/catch.hpp"
#include "support/threads.hpp"

using tandem::detail::spin_while;
using tandem::testing::on_threads;

TEST_CASE("spin_while: ends with the first look that finds nothing in the way", "[core][spin]") {
    int looks = 0;

    spin_while([&] { return ++looks < 2; });

    CHECK(looks == 2);
}

TEST_CASE("spin_while: gives up, for what it waits for may take long", "[core][spin]") {
    int looks = 0;

    spin_while([&] {
        ++looks;
        return true;
    });

    CHECK(looks > 1);
    CHECK(looks < 100);
}

TEST_CASE("spin_while: sees what another thread does", "[core][spin][threads]") {
    std::atomic<bool> done{false};

    on_threads(2, [&](int thread) {
        if (thread == 0) {
            done = true;
        } else {
            while (!done) {  // as locks do it: spin a little, look, again
                spin_while([&] { return !done; });
            }
        }
    });

    CHECK(done);
}
