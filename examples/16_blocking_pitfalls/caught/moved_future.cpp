// Caught: a future that is moved after it was polled
#include <fmt/core.h>

#include <functional>
#include <utility>

#include "show.hpp"
#include "tandem/async/block_on.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"

namespace async = tandem::async;
using async::Task;

Task<int> count_to(int n) {
    for (int i = 0; i < n; ++i) {
        co_await async::yield_now();
    }
    co_return n;
}

/// Polls it a little, beside something that is ready sooner.
Task<void> begin(Task<int>& counting) {
    static_cast<void>(co_await async::select_biased(std::ref(counting), async::yield_now()));
}

Task<int> wrong() {
    Task<int> counting = count_to(3);
    co_await begin(counting);
    Task<int> elsewhere = std::move(counting);
    co_return co_await std::move(elsewhere);
}

Task<int> right() {
    Task<int> counting = count_to(3);
    Task<int> elsewhere = std::move(counting);  // before the first poll
    co_await begin(elsewhere);
    co_return co_await std::ref(elsewhere);  // where it is
}

int main() {
    show_reports();
    fmt::print("{}\n", async::block_on(wrong()));
    fmt::print("{}\n", async::block_on(right()));
}

// prints:
// moved_future.cpp:31: the task `count_to` is moved after its first poll, when others know
// where it is. Move a future before it is polled; to go on polling it in place, give
// std::ref of it away
// 3
// 3
