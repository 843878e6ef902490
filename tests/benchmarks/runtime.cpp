#include <cstdint>
#include <utility>
#include <vector>

#include "support/bench.hpp"
#include "support/runtimes.hpp"
#include "tandem/async/oneshot.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/rt/spawn_blocking.hpp"

using namespace tandem::bench;

namespace {

namespace oneshot = tandem::async::oneshot;
namespace rt = tandem::rt;
using tandem::async::Task;
using tandem::async::yield_now;
using Number = std::uint64_t;
using Handles = std::vector<rt::JoinHandle<Number>>;

Task<Number> sum_of(Handles handles) {
    Number sum = 0;
    for (auto& handle : handles) {
        sum += (co_await std::move(handle)).unwrap();
    }
    co_return sum;
}

/// Spawns so many tasks `fn(i)`, and waits for the sum of what they yield.
template <class Fn>
Task<Number> sum_of_tasks(Number tasks, Fn fn) {
    Handles handles;
    handles.reserve(tasks);
    for (Number i = 0; i < tasks; ++i) {
        handles.push_back(rt::spawn(fn, i));
    }
    return sum_of(std::move(handles));
}

// ---- Tasks
// ---------------------------------------------------------------------------------------

constexpr Number thousand = 1'000;
constexpr Number many = 10'000;

Task<Number> itself(Number n) {
    keep(n);
    co_return n;
}

Task<Number> spawn_and_await() {
    Number sum = 0;
    for (Number i = 0; i < thousand; ++i) {
        sum += (co_await rt::spawn(itself, i)).unwrap();
    }
    co_return sum;
}

Task<Number> spawn_and_join() { return sum_of_tasks(many, itself); }

constexpr Number yielders = 200;
constexpr Number times = 1'000;

Task<Number> yields(Number) {
    Number yielded = 0;
    for (Number i = 0; i < times; ++i) {
        co_await yield_now();
        ++yielded;
    }
    co_return yielded;
}

Task<Number> yields_of_tasks() { return sum_of_tasks(yielders, yields); }

Task<void> pong(oneshot::Receiver<Number> asked, oneshot::Sender<Number> answer) {
    answer.send((co_await std::move(asked)).unwrap()).unwrap();
}

Task<Number> ping(Number n) {
    auto [ask, asked] = oneshot::channel<Number>();
    auto [answer, answered] = oneshot::channel<Number>();
    tandem::drop(rt::spawn(pong, std::move(asked), std::move(answer)));
    ask.send(n).unwrap();
    co_return (co_await std::move(answered)).unwrap();
}

Task<Number> ping_pong() { return sum_of_tasks(thousand, ping); }

Task<void> spawn_next(Number left, oneshot::Sender<Number> last) {
    if (left == 1) {
        last.send(left).unwrap();
    } else {
        tandem::drop(rt::spawn(spawn_next, left - 1, std::move(last)));
    }
    co_return;
}

Task<Number> chained() {
    auto [last, over] = oneshot::channel<Number>();
    tandem::drop(rt::spawn(spawn_next, thousand, std::move(last)));
    co_return (co_await std::move(over)).unwrap();
}

// ---- Functions that block
// ------------------------------------------------------------------------

constexpr Number calls = 50;
constexpr Number batch = 2'000;

Number blocking(Number n) {
    keep(n);
    return n;
}

Task<Number> blocking_round_trips() {
    Number sum = 0;
    for (Number i = 0; i < calls; ++i) {
        sum += (co_await rt::spawn_blocking(blocking, i)).unwrap();
    }
    co_return sum;
}

Task<Number> blocking_batch() {
    Handles handles;
    handles.reserve(batch);
    for (Number i = 0; i < batch; ++i) {
        handles.push_back(rt::spawn_blocking(blocking, i));
    }
    return sum_of(std::move(handles));
}

template <Kind kind, int runtimes>
Sample new_and_drop() {
    return repeated(runtimes, [] {
        rt::Runtime made = runtime(kind);
        keep(made);
    });
}

// ---- The same on Asio
// ----------------------------------------------------------------------------

#if defined(ASIO_HAS_CO_AWAIT)

asio::awaitable<Number> asio_itself(Number n) {
    keep(n);
    co_return n;
}

asio::awaitable<Number> asio_spawn_and_await() {
    auto const executor = co_await asio::this_coro::executor;
    Number sum = 0;
    for (Number i = 0; i < thousand; ++i) {
        sum += co_await asio::co_spawn(executor, asio_itself(i), asio::use_awaitable);
    }
    co_return sum;
}

asio::awaitable<Number> asio_spawn_and_join() {
    return tandem::bench::sum_of_tasks(many, asio_itself);
}

asio::awaitable<Number> asio_yields(Number) {
    Number yielded = 0;
    for (Number i = 0; i < times; ++i) {
        co_await asio::post(asio::use_awaitable);
        ++yielded;
    }
    co_return yielded;
}

asio::awaitable<Number> asio_yields_of_tasks() {
    return tandem::bench::sum_of_tasks(yielders, asio_yields);
}

#endif

}  // namespace

int main(int argc, char** argv) {
    constexpr double yields_in_all = yielders * times;
    // The goals: what was aimed at, against what Tokio took on the same machine.
    std::vector<Row> rows = {
        runtime_row<spawn_and_await, ct>("spawn + await, ct", 60. / 386, 101, thousand),
        runtime_row<spawn_and_await, mt2>("spawn + await, mt2", 80. / 314, 101, thousand),
        runtime_row<spawn_and_join, ct>("spawn 10,000 and join, ct", 100. / 191, 31, many),
        runtime_row<spawn_and_join, mt2>("spawn 10,000 and join, mt2", 150. / 517, 31, many),
        runtime_row<yields_of_tasks, ct>("1,000 yields of 200 tasks, ct", 18. / 44, 11,
                                         yields_in_all),
        runtime_row<yields_of_tasks, mt2>("1,000 yields of 200 tasks, mt2", 14. / 34, 11,
                                          yields_in_all),
        runtime_row<ping_pong, ct>("ping-pong by oneshot, ct", 200. / 514, 101, thousand),
        runtime_row<ping_pong, mt2>("ping-pong by oneshot, mt2", 400. / 946, 101, thousand),
        runtime_row<chained, ct>("chained spawn, ct", 60. / 150, 101, thousand),
        runtime_row<chained, mt2>("chained spawn, mt2", 36. / 276, 101, thousand),
        {.work = "spawn_blocking round trip",
         .of = "Tokio",
         .place = Place::pinned,
         .contenders = {{"tandem", [] { return on<blocking_round_trips>(ct, 101, calls); }}}},
        {.work = "spawn_blocking, 2,000 in a batch",
         .of = "Tokio",
         .place = Place::parallel,
         .contenders = {{"tandem", [] { return on<blocking_batch>(ct, 15, batch); }}}},
        {.work = "runtime new + drop, ct",
         .of = "Tokio",
         .contenders = {{"tandem", new_and_drop<ct, 5'100>}}},
        {.work = "runtime new + drop, mt2",
         .of = "Tokio",
         .place = Place::parallel,
         .contenders = {{"tandem", new_and_drop<mt2, 510>}}},
    };
#if defined(ASIO_HAS_CO_AWAIT)
    add_asio<asio_spawn_and_await>(rows[0], ct, 101, thousand);
    add_asio<asio_spawn_and_await>(rows[1], mt2, 101, thousand);
    add_asio<asio_spawn_and_join>(rows[2], ct, 31, many);
    add_asio<asio_spawn_and_join>(rows[3], mt2, 31, many);
    add_asio<asio_yields_of_tasks>(rows[4], ct, 11, yields_in_all);
    add_asio<asio_yields_of_tasks>(rows[5], mt2, 11, yields_in_all);
#endif
    return serve(argc, argv, rows);
}
