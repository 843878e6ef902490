#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/bench.hpp"
#include "support/runtimes.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/task.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/time.hpp"

using namespace tandem::bench;
using namespace std::chrono_literals;

namespace {

namespace async = tandem::async;
namespace rt = tandem::rt;
namespace time = tandem::rt::time;
using tandem::async::Task;
using Number = std::uint64_t;

constexpr Number few = 2'000;
constexpr Number many = 10'000;

/// Ready at its first poll, in which it makes a sleep, polls it and drops it.
class PollsASleep {
public:
    using Output = Number;

    async::Poll<Number> poll(async::Context& cx) {
        auto sleep = time::sleep(1s);
        return async::Poll<Number>::ready(sleep.poll(cx).is_pending() ? 1U : 0U);
    }
};

Task<Number> create_poll_drop() {
    Number pending = 0;
    for (Number i = 0; i < few; ++i) {
        pending += co_await PollsASleep();
    }
    co_return pending;
}

constexpr Number timeouts = 5'000;

Task<Number> timeouts_of_ready() {
    Number sum = 0;
    for (Number n = 0; n < timeouts; ++n) {
        Number value = n;
        keep(value);
        sum += (co_await time::timeout(1s, async::ready(value))).unwrap();
    }
    co_return sum;
}

Task<Number> asleep(std::chrono::milliseconds duration) {
    co_await time::sleep(duration);
    co_return 1U;
}

Task<Number> sleeps_together() {
    std::vector<rt::JoinHandle<Number>> handles;
    handles.reserve(many);
    for (Number i = 0; i < many; ++i) {
        handles.push_back(rt::spawn(asleep, 10ms));
    }
    Number sum = 0;
    for (auto& handle : handles) {
        sum += (co_await std::move(handle)).unwrap();
    }
    co_return sum;
}

Task<Number> one_sleep() { return asleep(1ms); }

#if defined(ASIO_HAS_CO_AWAIT)

asio::awaitable<Number> asio_asleep(std::chrono::milliseconds duration) {
    auto const executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
    co_return 1U;
}

asio::awaitable<Number> asio_sleeps_together() {
    return sum_of_tasks(many, [](Number) { return asio_asleep(10ms); });
}

asio::awaitable<Number> asio_one_sleep() { return asio_asleep(1ms); }

#endif

}  // namespace

int main(int argc, char** argv) {
    // The goals: what was aimed at, against what Tokio took on the same machine.
    std::vector<Row> rows = {
        runtime_row<create_poll_drop, ct>("sleep: create, poll, drop, ct", 50. / 260, 101, few),
        runtime_row<create_poll_drop, mt2>("sleep: create, poll, drop, mt2", 60. / 101, 101, few),
        runtime_row<timeouts_of_ready, ct>("timeout() of a ready future", 10. / 36, 101, timeouts),
        runtime_row<sleeps_together, ct>("10,000 sleeps of 10 ms", 11.5 / 13.6, 11, 1),
        runtime_row<one_sleep, ct>("sleep(1 ms)", 1, 51, 1),
    };
    rows[3].limit = 11.5e6;
    rows[4].limit = 1.2e6;
#if defined(ASIO_HAS_CO_AWAIT)
    add_asio<asio_sleeps_together>(rows[3], ct, 11, 1);
    add_asio<asio_one_sleep>(rows[4], ct, 51, 1);
#endif
    return serve(argc, argv, rows);
}
