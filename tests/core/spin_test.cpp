#include "tandem/core/detail/spin.hpp"

#include <sched.h>
#include <unistd.h>

#include <atomic>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/threads.hpp"

using tandem::detail::only_one_processor;
using tandem::detail::spin_while;
using tandem::testing::on_threads;

TEST_CASE("spin_while: ends with the first look that finds nothing in the way", "[core][spin]") {
    int looks = 0;

    spin_while([&] { return ++looks < 2; });

    CHECK(looks == (only_one_processor ? 0 : 2));
}

TEST_CASE("spin_while: gives up, for what it waits for may take long", "[core][spin]") {
    int looks = 0;

    spin_while([&] {
        ++looks;
        return true;
    });

    CHECK((looks > 1 || only_one_processor));
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

#if defined(__linux__)
// Hidden, for it holds only where the next test starts it.
TEST_CASE("spin_while: does not even look on a single processor", "[.][one_processor]") {
    int looks = 0;

    spin_while([&] { return ++looks < 2; });

    CHECK(only_one_processor);
    CHECK(looks == 0);
}

TEST_CASE("spin_while: knows when the program was started on a single processor", "[core][spin]") {
    auto const ended = tandem::testing::run_in_child([] {
        cpu_set_t allowed;
        ::sched_getaffinity(0, sizeof allowed, &allowed);
        int first = 0;
        while (!CPU_ISSET(first, &allowed)) {
            ++first;
        }
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        ::sched_setaffinity(0, sizeof one, &one);
        ::execl("/proc/self/exe", "core_tests", "[one_processor]", static_cast<char*>(nullptr));
        return 98;  // not started
    });

    CHECK(ended.exit_status == 0);
}
#endif
