// Threads for computing: a sum of squares on every processor
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "tandem/thread/available_parallelism.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;

std::uint64_t sum_of_squares(std::vector<std::uint64_t> const& chunk) {
    return std::transform_reduce(chunk.begin(), chunk.end(), std::uint64_t{0}, std::plus{},
                                 [](std::uint64_t x) { return x * x; });
}

std::uint64_t parallel_computation(std::vector<std::uint64_t> const& data) {
    // Rounded up, and at least 1. The chapter rounds down, and panics on a chunk of 0 elements
    // where there are fewer elements than processors.
    std::size_t const processors = thread::available_parallelism();
    std::size_t const chunk_size =
        std::max<std::size_t>((data.size() + processors - 1) / processors, 1);
    std::vector<thread::JoinHandle<std::uint64_t>> handles;

    for (std::size_t begin = 0; begin < data.size(); begin += chunk_size) {
        auto const part = std::span(data).subspan(begin, std::min(chunk_size, data.size() - begin));
        std::vector<std::uint64_t> chunk(part.begin(), part.end());
        handles.push_back(thread::spawn(sum_of_squares, std::move(chunk)));
    }

    std::uint64_t sum = 0;
    for (auto& handle : handles) {
        sum += handle.join().unwrap();
    }
    return sum;
}

int main() {
    std::vector<std::uint64_t> data(1'000'000);
    std::iota(data.begin(), data.end(), 1);

    fmt::print("1² + 2² + … + 1000000² = {}\n", parallel_computation(data));
    fmt::print("of three numbers:       {}\n", parallel_computation({1, 2, 3}));
    fmt::print("of none:                {}\n", parallel_computation({}));
}

// prints:
// 1² + 2² + … + 1000000² = 333333833333500000
// of three numbers:       14
// of none:                0
