#include <atomic>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"
#include "tandem/core/detail/spawn_checks.hpp"
#include "tandem/core/send.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

// The listing itself, broken_example, does not compile: that is its test, in the example of this
// section. Here stands what decides it, and what takes its place.

namespace thread = tandem::thread;
using tandem::Send;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::Mutex;

TEST_CASE("a closure over a variable is not Send, in whatever way it captures",
          "[01_shared_mutable_state]") {
    int counter = 0;
    auto const by_reference = [&counter] { counter += 1; };
    auto const by_value = [counter]() mutable { counter += 1; };
    auto const by_pointer = [p = &counter] { *p += 1; };
    auto const captures_nothing = [](int n) { return n + 1; };

    STATIC_REQUIRE_FALSE(Send<decltype(by_reference)>);
    STATIC_REQUIRE_FALSE(Send<decltype(by_value)>);
    STATIC_REQUIRE_FALSE(Send<decltype(by_pointer)>);
    STATIC_REQUIRE(Send<decltype(captures_nothing)>);

    by_reference();
    by_pointer();
    CHECK(captures_nothing(counter) == 3);
}

TEST_CASE("no way leads a reference to a variable into another thread",
          "[01_shared_mutable_state]") {
    STATIC_REQUIRE_FALSE(Send<int&>);
    STATIC_REQUIRE_FALSE(Send<int*>);
    STATIC_REQUIRE_FALSE(Send<std::reference_wrapper<int>>);
    STATIC_REQUIRE_FALSE(Send<std::pair<int, int*>>);
}

TEST_CASE("a value passed as an argument is the thread's own", "[01_shared_mutable_state]") {
    int counter = 0;

    auto handle = thread::spawn(
        [](int mine) {
            mine += 1;
            return mine;
        },
        counter);

    CHECK(handle.join().unwrap() == 1);
    CHECK(counter == 0);
}

TEST_CASE("what is moved to a thread is gone here", "[01_shared_mutable_state]") {
    std::string text = "a text that is too long to be kept inside the string object";

    auto handle = thread::spawn([](std::string mine) { return mine.size(); }, std::move(text));

    CHECK(handle.join().unwrap() == 59U);
    CHECK(text.empty());  // NOLINT(bugprone-use-after-move): the claim
}

TEST_CASE("the counter that works is shared by name and locked", "[01_shared_mutable_state]") {
    auto const counter = make_arc<Mutex<int>>(0);

    auto handle = thread::spawn(
        [](Arc<Mutex<int>> const& shared) { *shared->lock().unwrap() += 1; }, counter.clone());
    handle.join().unwrap();

    CHECK(*counter->lock().unwrap() == 1);
}
