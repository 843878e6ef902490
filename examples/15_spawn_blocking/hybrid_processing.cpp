// spawn_blocking: computing and waiting in one program
#include <fmt/core.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "tandem/async/task.hpp"
#include "tandem/core/result.hpp"
#include "tandem/rt/run.hpp"
#include "tandem/rt/spawn_blocking.hpp"
#include "tandem/rt/time.hpp"

namespace rt = tandem::rt;
using namespace std::chrono_literals;
using tandem::Err;
using tandem::Ok;
using tandem::async::Task;

using Data = int;
using Processed = tandem::Result<double, std::string>;

std::vector<Processed> process_cpu_intensive(std::vector<Data> const& chunk) {
    std::vector<Processed> results;
    for (Data const x : chunk) {
        results.push_back(x == 0 ? Processed(Err("division by zero")) : Processed(Ok(1.0 / x)));
    }
    return results;
}

Task<void> store_results_async(std::vector<Processed> const& results) {
    co_await rt::time::sleep(10ms);
    fmt::print("stored {} results\n", results.size());
}

Task<std::vector<Processed>> hybrid_processing(std::vector<Data> data) {
    std::vector<rt::JoinHandle<std::vector<Processed>>> handles;

    for (auto begin = data.begin(); begin != data.end();) {
        auto const end = begin + std::min<std::ptrdiff_t>(100, data.end() - begin);
        // CPU work goes to a thread that is there for it, and holds up no task
        handles.push_back(rt::spawn_blocking(process_cpu_intensive, std::vector(begin, end)));
        begin = end;
    }

    // Await all CPU tasks
    std::vector<Processed> results;
    for (auto& handle : handles) {
        auto part = (co_await std::move(handle)).expect("task panicked");
        std::ranges::move(part, std::back_inserter(results));
    }

    co_await store_results_async(results);  // Async I/O; it borrows the results until it is over
    co_return results;
}

int main() {
    std::vector<Data> data(250);
    std::iota(data.begin(), data.end(), 0);
    auto const results = rt::run(hybrid_processing, std::move(data));

    fmt::print("1/0: {}\n", results.at(0).unwrap_err());
    fmt::print("1/200: {}\n", results.at(200).unwrap());
}

// prints:
// stored 250 results
// 1/0: division by zero
// 1/200: 0.005
