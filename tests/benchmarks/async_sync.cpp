#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "support/bench.hpp"
#include "support/runtimes.hpp"
#include "tandem/async/join_all.hpp"
#include "tandem/async/mpsc.hpp"
#include "tandem/async/mutex.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/core/drop.hpp"
#include "tandem/rt/join_set.hpp"
#include "tandem/rt/spawn.hpp"
#include "tandem/sync/arc.hpp"

#if defined(ASIO_HAS_CO_AWAIT)
#include <asio/experimental/concurrent_channel.hpp>
#endif

using namespace tandem::bench;

namespace {

namespace async = tandem::async;
namespace mpsc = tandem::async::mpsc;
namespace rt = tandem::rt;
using tandem::async::Task;
using Number = std::uint64_t;

// ---- Channels
// ------------------------------------------------------------------------------------

constexpr Number some = 10'000;   // messages: a slice of half a millisecond
constexpr Number many = 100'000;  // with two workers, so that to start them does not count

Task<Number> sum_of(mpsc::Receiver<Number> rx) {
    Number sum = 0;
    while (auto const n = co_await rx.recv()) {
        sum += *n;
    }
    co_return sum;
}

Task<void> send_unbounded(Number messages, mpsc::UnboundedSender<Number> tx) {
    for (Number n = 0; n < messages; ++n) {
        tx.send(n).unwrap();
    }
    co_return;
}

Task<void> send_bounded(Number messages, mpsc::Sender<Number> tx) {
    for (Number n = 0; n < messages; ++n) {
        (co_await tx.send(n)).unwrap();
    }
}

template <Number messages>
Task<Number> unbounded() {
    auto [tx, rx] = mpsc::unbounded_channel<Number>();
    tandem::drop(rt::spawn(send_unbounded, messages, std::move(tx)));
    return sum_of(std::move(rx));
}

template <Number messages>
Task<Number> bounded() {
    auto [tx, rx] = mpsc::channel<Number>(128);
    tandem::drop(rt::spawn(send_bounded, messages, std::move(tx)));
    return sum_of(std::move(rx));
}

constexpr Number rounds = 1'000;

Task<void> answer_all(mpsc::UnboundedReceiver<Number> asked, mpsc::UnboundedSender<Number> answer) {
    while (auto const n = co_await asked.recv()) {
        answer.send(*n).unwrap();
    }
}

Task<Number> round_trips() {
    auto [question, asked] = mpsc::unbounded_channel<Number>();
    auto [answer, answered] = mpsc::unbounded_channel<Number>();
    tandem::drop(rt::spawn(answer_all, std::move(asked), std::move(answer)));
    Number sum = 0;
    for (Number n = 0; n < rounds; ++n) {
        question.send(n).unwrap();
        sum += (co_await answered.recv()).value();
    }
    co_return sum;
}

// ---- Mutex
// ---------------------------------------------------------------------------------------

constexpr Number locks_alone = 10'000;
constexpr Number lockers = 100;
constexpr Number locks_each = 1'000;

Task<Number> uncontended() {
    async::Mutex<Number> counter(0);
    for (Number i = 0; i < locks_alone; ++i) {
        *co_await counter.lock() += 1;
    }
    co_return std::move(counter).into_inner();
}

using Counter = tandem::sync::Arc<async::Mutex<Number>>;

Task<void> add(Counter counter) {
    for (Number i = 0; i < locks_each; ++i) {
        *co_await counter->lock() += 1;
    }
}

Task<Number> contended() {
    Counter const counter = tandem::sync::make_arc<async::Mutex<Number>>(0U);
    std::vector<rt::JoinHandle<void>> handles;
    handles.reserve(lockers);
    for (Number i = 0; i < lockers; ++i) {
        handles.push_back(rt::spawn(add, counter.clone()));
    }
    for (auto& handle : handles) {
        (co_await std::move(handle)).unwrap();
    }
    co_return *co_await counter->lock();
}

// ---- Several at once
// -----------------------------------------------------------------------------

constexpr Number selects = 10'000;

/// The sending is not in the time.
Task<Sample> selects_of_ready() {
    auto [tx, ready] = mpsc::unbounded_channel<Number>();
    auto [silent_tx, silent] = mpsc::unbounded_channel<Number>();
    std::vector<Sample> samples;
    for (int slice = 0; slice <= 51; ++slice) {
        for (Number n = 0; n < selects; ++n) {
            tx.send(n).unwrap();
        }
        Number sum = 0;
        auto const start = detail::Moment::now();
        for (Number i = 0; i < selects; ++i) {
            auto first = co_await async::select(ready.recv(), silent.recv());
            if (first.index() == 0) {
                sum += first.get<0>().value();
            } else {
                sum -= first.get<1>().value();
            }
        }
        samples.push_back(detail::sample(start, detail::Moment::now(), selects));
        samples.back().check = sum;
    }
    co_return median_of(std::move(samples));
}

Sample select_ready() {
    SecondThread const asleep;
    return runtime(ct).block_on(selects_of_ready());
}

constexpr Number yields = 1'000;

Task<Number> after_a_yield(Number n) {
    co_await async::yield_now();
    co_return n;
}

Task<Number> yields_joined() {
    std::vector<Task<Number>> futures;
    futures.reserve(yields);
    for (Number n = 0; n < yields; ++n) {
        futures.push_back(after_a_yield(n));
    }
    auto const all = co_await async::join_all(std::move(futures));
    co_return std::accumulate(all.begin(), all.end(), Number{0});
}

Task<Number> yields_in_a_join_set() {
    rt::JoinSet<Number> set;
    for (Number n = 0; n < yields; ++n) {
        set.spawn(after_a_yield, n);
    }
    Number sum = 0;
    while (auto n = co_await set.join_next()) {
        sum += n->unwrap();
    }
    co_return sum;
}

// ---- The same on Asio
// ----------------------------------------------------------------------------

#if defined(ASIO_HAS_CO_AWAIT)

using AsioChannel = asio::experimental::concurrent_channel<void(asio::error_code, Number)>;
using AsioShared = std::shared_ptr<AsioChannel>;

asio::awaitable<void> asio_send_unbounded(Number messages, AsioShared channel) {
    for (Number n = 0; n < messages; ++n) {
        channel->try_send(asio::error_code(), n);
    }
    co_return;
}

asio::awaitable<void> asio_send_bounded(Number messages, AsioShared channel) {
    for (Number n = 0; n < messages; ++n) {
        co_await channel->async_send(asio::error_code(), n, asio::use_awaitable);
    }
}

template <auto send, std::size_t bound, Number messages>
asio::awaitable<Number> asio_stream() {
    auto const executor = co_await asio::this_coro::executor;
    auto const channel = std::make_shared<AsioChannel>(executor, bound);
    asio::co_spawn(executor, send(messages, channel), asio::detached);
    Number sum = 0;
    for (Number n = 0; n < messages; ++n) {
        sum += co_await channel->async_receive(asio::use_awaitable);
    }
    co_return sum;
}

template <Number messages>
constexpr auto asio_unbounded = asio_stream<asio_send_unbounded, SIZE_MAX, messages>;
template <Number messages>
constexpr auto asio_bounded = asio_stream<asio_send_bounded, 128, messages>;

asio::awaitable<void> asio_answer_all(AsioShared question, AsioShared answer) {
    for (Number i = 0; i < rounds; ++i) {
        Number const n = co_await question->async_receive(asio::use_awaitable);
        answer->try_send(asio::error_code(), n);
    }
}

asio::awaitable<Number> asio_round_trips() {
    auto const executor = co_await asio::this_coro::executor;
    auto const question = std::make_shared<AsioChannel>(executor, SIZE_MAX);
    auto const answer = std::make_shared<AsioChannel>(executor, SIZE_MAX);
    asio::co_spawn(executor, asio_answer_all(question, answer), asio::detached);
    Number sum = 0;
    for (Number n = 0; n < rounds; ++n) {
        question->try_send(asio::error_code(), n);
        sum += co_await answer->async_receive(asio::use_awaitable);
    }
    co_return sum;
}

#endif

}  // namespace

int main(int argc, char** argv) {
    // The goals: what was aimed at, against what Tokio took on the same machine.
    constexpr double locks = lockers * locks_each;
    std::vector<Row> rows = {
        runtime_row<unbounded<some>, ct>("async mpsc unbounded, ct", 25. / 43, 51, some),
        runtime_row<unbounded<many>, mt2>("async mpsc unbounded, mt2", 30. / 44, 11, many),
        runtime_row<bounded<some>, ct>("async mpsc bounded (128), ct", 35. / 65, 51, some),
        runtime_row<bounded<many>, mt2>("async mpsc bounded (128), mt2", 60. / 106, 11, many),
        runtime_row<round_trips, ct>("async mpsc round trip, ct", 80. / 237, 101, rounds),
        runtime_row<uncontended, ct>("async Mutex, uncontended", 12. / 33, 101, locks_alone),
        runtime_row<contended, mt2>("async Mutex, 100 tasks, mt2", 100. / 190, 11, locks),
        {.work = "select of two, one ready",
         .goal = 12. / 16,
         .of = "Tokio",
         .contenders = {{"tandem", select_ready}}},
        runtime_row<yields_joined, ct>("join_all of 1,000 yields", 50. / 150, 101, yields),
        runtime_row<yields_in_a_join_set, ct>("JoinSet of 1,000 yields", 120. / 341, 101, yields),
    };
#if defined(ASIO_HAS_CO_AWAIT)
    add_asio<asio_unbounded<some>>(rows[0], ct, 51, some);
    add_asio<asio_unbounded<many>>(rows[1], mt2, 11, many);
    add_asio<asio_bounded<some>>(rows[2], ct, 51, some);
    add_asio<asio_bounded<many>>(rows[3], mt2, 11, many);
    add_asio<asio_round_trips>(rows[4], ct, 101, rounds);
#endif
    return serve(argc, argv, rows);
}
