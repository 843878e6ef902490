#include "tandem/thread/builder.hpp"

#include <pthread.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/counted.hpp"
#include "support/reports.hpp"
#include "support/sanitizers.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/core/panic.hpp"

namespace {

using namespace tandem;
using testing::contains;
using testing::Counted;
using testing::Reports;
using testing::run_in_child;
using thread::Builder;

static_assert(std::is_copy_constructible_v<Builder>);
static_assert(std::is_same_v<decltype(Builder().spawn([] { return 1; })),
                             Result<thread::JoinHandle<int>, std::error_code>>);

/// What the system calls the thread that asks.
std::string os_name() {
    std::array<char, 64> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    return name.data();
}

/// How many bytes of stack the thread that asks was given.
std::size_t own_stack() {
    pthread_attr_t attributes;
    ::pthread_getattr_np(::pthread_self(), &attributes);
    std::size_t size = 0;
    ::pthread_attr_getstacksize(&attributes, &size);
    ::pthread_attr_destroy(&attributes);
    return size;
}

std::string own_name() { return std::string(thread::current().name().value_or("none")); }

}  // namespace

TEST_CASE("Builder: a thread bears the name it was given", "[thread][builder]") {
    std::string const name = GENERATE(as<std::string>(), "worker", "",
                                      "a name of more than fifteen characters", "нить-αβγ-線程-🧵");

    auto handle = Builder().name(name).spawn(own_name).unwrap();

    CHECK(handle.thread().name() == name);
    CHECK(handle.join().unwrap() == name);
}

TEST_CASE("Builder: without a name the thread has none", "[thread][builder]") {
    auto handle = Builder().spawn([] { return thread::current().name().has_value(); }).unwrap();

    CHECK_FALSE(handle.join().unwrap());
}

TEST_CASE("Builder: the system shows the first fifteen bytes of the name", "[thread][builder]") {
    CHECK(Builder().name("short").spawn(os_name).unwrap().join().unwrap() == "short");
    CHECK(Builder().name("0123456789abcdefgh").spawn(os_name).unwrap().join().unwrap() ==
          "0123456789abcde");
}

TEST_CASE("Builder: a name with a NUL in it is an error, and starts nothing", "[thread][builder]") {
    int const before = Counted::alive;
    {
        auto const refused = Builder()
                                 .name(std::string("a\0b", 3))
                                 .spawn([](Counted const&) { std::abort(); }, Counted(1));
        CHECK(refused.unwrap_err() == std::errc::invalid_argument);
    }
    CHECK(Counted::alive == before);
}

TEST_CASE("Builder: a panic report names the thread", "[thread][builder][panic]") {
    Reports const reports;

    drop(Builder().name("parser №7").spawn([] { panic("bad input"); }).unwrap());

    CHECK(contains(reports.wait_for(1)[0].message, "thread 'parser №7' panicked: bad input"));
}

TEST_CASE("Builder: the stack is as large as asked for, or larger", "[thread][builder]") {
    std::size_t const asked = GENERATE(as<std::size_t>(), 0, 1, 16 << 10, 100'001, 64 << 20);

    auto handle = Builder().stack_size(asked).spawn(own_stack).unwrap();

    CHECK(handle.join().unwrap() >= asked);
}

TEST_CASE("Builder: a small stack is small, also for a size of 0", "[thread][builder]") {
    constexpr std::size_t small = 1 << 20;  // a sanitizer asks for most of it; the default is 8
    CHECK(Builder().stack_size(0).spawn(own_stack).unwrap().join().unwrap() <= small);
    CHECK(Builder().stack_size(1).spawn(own_stack).unwrap().join().unwrap() <= small);
}

TEST_CASE("Builder: a panic finds room on the smallest stack", "[thread][builder]") {
    auto handle = Builder().stack_size(1).spawn([] { panic("in {} bytes", 1); }).unwrap();

    CHECK(handle.join().unwrap_err().message() == "in 1 bytes");
}

TEST_CASE("Builder: a stack of 64 MiB can be used", "[thread][builder]") {
    auto const use_much = [] {
        std::array<char volatile, (48 << 20)> much;  // NOLINT: for every page to be touched
        for (std::size_t i = 0; i < much.size(); i += 4'096) {
            much[i] = 1;
        }
        return static_cast<int>(much[4'096]);
    };

    CHECK(Builder().stack_size(64 << 20).spawn(use_much).unwrap().join().unwrap() == 1);
}

TEST_CASE("Builder: a thread that cannot start is an error, and loses and leaks nothing",
          "[thread][builder]") {
    std::size_t const impossible =
        GENERATE(SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, std::size_t{1} << 46);
    int const before = Counted::alive;
    Reports const reports;
    {
        auto const refused = Builder()
                                 .name("giant")
                                 .stack_size(impossible)
                                 .spawn([](Counted const&) { std::abort(); }, Counted(1));
        REQUIRE(refused.is_err());
        CHECK_FALSE(refused.unwrap_err().message().empty());
        CHECK(refused.unwrap_err().category() == std::system_category());
    }
    CHECK(Counted::alive == before);
    CHECK(reports.take().empty());
}

TEST_CASE("Builder: may start several threads, with the same name and stack", "[thread][builder]") {
    Builder builder;
    builder.name("one of two").stack_size(128 << 10);

    auto first = builder.spawn(own_name).unwrap();
    auto second = builder.spawn(own_name).unwrap();

    CHECK(first.join().unwrap() == "one of two");
    CHECK(second.join().unwrap() == "one of two");
}

TEST_CASE("Builder: spawn_scoped lends, and names its thread", "[thread][builder][scope]") {
    std::string const text = "lent";

    auto const [length, name] = thread::scope([&](thread::Scope& scope) {
        auto sized =
            Builder()
                .name("scoped")
                .spawn_scoped(
                    scope, [](std::string_view lent) { return std::pair(lent.size(), own_name()); },
                    std::string_view(text))
                .unwrap();
        return sized.join().unwrap();
    });

    CHECK(length == 4);
    CHECK(name == "scoped");
}

TEST_CASE("Builder: a scoped thread that cannot start leaves its scope free to end",
          "[thread][builder][scope]") {
    bool const failed = thread::scope([](thread::Scope& scope) {
        return Builder().stack_size(SIZE_MAX / 2).spawn_scoped(scope, [] {}).is_err() &&
               Builder().name(std::string(1, '\0')).spawn_scoped(scope, [] {}).is_err();
    });

    CHECK(failed);  // and did not hang
}

TEST_CASE("Builder: where memory runs out, the threads that started are unharmed",
          "[thread][builder]") {
    auto const ended = run_in_child([] {
        rlimit limit{};
        limit.rlim_cur = limit.rlim_max = 512UL << 20;
        ::setrlimit(RLIMIT_AS, &limit);
        std::vector<thread::JoinHandle<int>> started;
        while (started.size() < 1'000) {
            auto handle = Builder().stack_size(32 << 20).spawn(
                [](int n) {
                    thread::park();
                    return n;
                },
                static_cast<int>(started.size()));
            if (handle.is_err()) {
                break;
            }
            started.push_back(std::move(handle).unwrap());
        }
        int sum = 0;
        for (auto& handle : started) {
            handle.thread().unpark();
            sum += handle.join().unwrap();
        }
        int const n = static_cast<int>(started.size());
        return n > 0 && n < 1'000 && sum == n * (n - 1) / 2 ? 5 : 6;
    });

    if (testing::under_tsan || testing::under_asan) {
        return;  // a sanitizer has to have memory, or it gives up itself
    }
    CHECK(ended.exit_status == 5);
}
