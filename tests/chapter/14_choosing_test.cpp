// "Choosing Between Threads and Async"
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/sync/mpsc.hpp"
#include "tandem/thread/available_parallelism.hpp"
#include "tandem/thread/spawn.hpp"

namespace {

namespace mpsc = tandem::sync::mpsc;
namespace thread = tandem::thread;

using Numbers = std::vector<std::uint64_t>;

std::uint64_t sum_of_squares(Numbers const& chunk) {
    return std::transform_reduce(chunk.begin(), chunk.end(), std::uint64_t{0}, std::plus{},
                                 [](std::uint64_t x) { return x * x; });
}

std::uint64_t parallel_computation(Numbers const& data) {
    // Rounded up, and at least 1: the chapter's chunks of 0 elements would panic.
    std::size_t const processors = thread::available_parallelism();
    std::size_t const chunk_size =
        std::max<std::size_t>((data.size() + processors - 1) / processors, 1);
    std::vector<thread::JoinHandle<std::uint64_t>> handles;

    for (std::size_t begin = 0; begin < data.size(); begin += chunk_size) {
        auto const part = std::span(data).subspan(begin, std::min(chunk_size, data.size() - begin));
        Numbers chunk(part.begin(), part.end());
        handles.push_back(thread::spawn(sum_of_squares, std::move(chunk)));
    }

    CHECK(handles.size() <= processors);
    std::uint64_t sum = 0;
    for (auto& handle : handles) {
        sum += handle.join().unwrap();
    }
    return sum;
}

Numbers numbers_up_to(std::uint64_t last) {
    Numbers numbers(last);
    std::iota(numbers.begin(), numbers.end(), std::uint64_t{1});
    return numbers;
}

}  // namespace

TEST_CASE("parallel_computation: the sum of squares", "[14_choosing]") {
    CHECK(parallel_computation(numbers_up_to(100'000)) == 333'338'333'350'000);
}

TEST_CASE("parallel_computation: fewer elements than processors, and none", "[14_choosing]") {
    CHECK(parallel_computation({}) == 0);
    CHECK(parallel_computation({7}) == 49);
    CHECK(parallel_computation({1, 2, 3}) == 14);
}

TEST_CASE("parallel_computation: no element is lost where the chunks are not all full",
          "[14_choosing]") {
    std::uint64_t const processors = thread::available_parallelism();

    for (std::uint64_t size = 1; size <= 4 * processors + 1; ++size) {
        CHECK(parallel_computation(numbers_up_to(size)) == size * (size + 1) * (2 * size + 1) / 6);
    }
}

TEST_CASE("threads for blocking operations: one that blocks holds up no other", "[14_choosing]") {
    auto [tx, rx] = mpsc::channel<int>();
    auto blocked =
        thread::spawn([](mpsc::Receiver<int> mine) { return mine.recv().unwrap(); }, std::move(rx));

    auto busy = thread::spawn(sum_of_squares, numbers_up_to(3));

    CHECK(busy.join().unwrap() == 14);
    CHECK_FALSE(blocked.is_finished());
    tx.send(42).unwrap();
    CHECK(blocked.join().unwrap() == 42);
}

TEST_CASE("threads for independent units of work: one that fails takes no other along",
          "[14_choosing]") {
    auto failing = thread::spawn([] { tandem::panic("this unit alone"); });
    auto working = thread::spawn(sum_of_squares, numbers_up_to(3));

    CHECK(failing.join().unwrap_err().message() == "this unit alone");
    CHECK(working.join().unwrap() == 14);
}

#if defined(__linux__)
TEST_CASE("threads are scheduled by the kernel: each is one of its own", "[14_choosing]") {
    auto const kernel_id = [] { return static_cast<long>(::syscall(SYS_gettid)); };

    auto handle = thread::spawn(kernel_id);

    CHECK(handle.join().unwrap() != kernel_id());
}
#endif
