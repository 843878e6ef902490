// Async for computing: the same sum by tasks that never wait, and so take turns on one thread
#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "tandem/async/join_all.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/thread/thread.hpp"

namespace async = tandem::async;
namespace thread = tandem::thread;
using async::Task;

struct Part {
    std::uint64_t sum;
    thread::ThreadId by;
};

Task<Part> sum_of_squares(std::vector<std::uint64_t> chunk) {
    auto const sum = std::transform_reduce(chunk.begin(), chunk.end(), std::uint64_t{0},
                                           std::plus{}, [](std::uint64_t x) { return x * x; });
    co_return Part{sum, thread::current().id()};
}

Task<void> async_computation(std::vector<std::uint64_t> data) {
    constexpr std::ptrdiff_t chunk_size = 1'000;
    std::vector<Task<Part>> tasks;
    for (auto begin = data.begin(); begin != data.end();) {
        auto const end = begin + std::min(chunk_size, data.end() - begin);
        tasks.push_back(sum_of_squares(std::vector(begin, end)));
        begin = end;
    }
    fmt::print("{} tasks\n", tasks.size());

    std::uint64_t sum = 0;
    std::set<thread::ThreadId> threads;
    for (auto const& part : co_await async::join_all(std::move(tasks))) {
        sum += part.sum;
        threads.insert(part.by);
    }
    fmt::print("1² + 2² + … + 1000000² = {} by {} thread\n", sum, threads.size());
}

int main() {
    std::vector<std::uint64_t> data(1'000'000);
    std::iota(data.begin(), data.end(), 1);

    tandem::rt::run(async_computation, std::move(data));
}

// prints:
// 1000 tasks
// 1² + 2² + … + 1000000² = 333333833333500000 by 1 thread
