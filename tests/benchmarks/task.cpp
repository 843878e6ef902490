#include "tandem/async/task.hpp"

#include <cstdint>

#include "support/bench.hpp"

#if __has_include(<asio.hpp>)
#include <asio.hpp>
#endif

using namespace tandem::bench;

namespace {

namespace async = tandem::async;

/// Polls to the end, again and again: no executor, so that only the coroutines are measured.
template <class F>
auto run(F future) {
    async::Waker const waker = async::Waker::noop();
    async::Context cx(waker);
    for (;;) {
        if (auto poll = future.poll(cx); poll.is_ready()) {
            return std::move(poll).value();
        }
    }
}

struct Tandem {
    template <class T>
    using Task = async::Task<T>;

    template <class T>
    static T finish(Task<T> task) {
        return run(std::move(task));
    }
};

#if defined(ASIO_HAS_CO_AWAIT)
struct Asio {
    template <class T>
    using Task = asio::awaitable<T>;

    template <class T>
    static T finish(Task<T> task) {
        asio::io_context context(1);
        T result{};
        asio::co_spawn(context, std::move(task),
                       [&](std::exception_ptr, T value) { result = value; });
        context.run();
        return result;
    }
};
#endif

/// Called and not inlined: what is measured is an await, not an addition.
template <class Lib>
[[gnu::noinline]] typename Lib::template Task<std::uint64_t> one(std::uint64_t n) {
    co_return n;
}

template <class Lib>
typename Lib::template Task<std::uint64_t> sum_of(std::uint64_t count) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        sum += co_await one<Lib>(i);
    }
    co_return sum;
}

template <class Lib>
typename Lib::template Task<std::uint64_t> fibonacci(std::uint64_t n) {
    if (n < 2) {
        co_return n;
    }
    std::uint64_t const first = co_await fibonacci<Lib>(n - 1);
    std::uint64_t const second = co_await fibonacci<Lib>(n - 2);
    co_return first + second;
}

template <class Lib>
Sample await_ready_child() {
    constexpr std::uint64_t awaits = 2'000'000;
    Lib::finish(sum_of<Lib>(awaits / 10));  // warms the frames' memory
    std::uint64_t sum = 0;
    Sample sample = once(awaits, [&] { sum = Lib::finish(sum_of<Lib>(awaits)); });
    sample.check = sum;
    return sample;
}

template <class Lib>
Sample lazily_awaited_calls() {
    constexpr double calls = 242'785;
    constexpr int times = 8;
    std::uint64_t sum = 0;
    Sample sample = once(calls * times, [&] {
        for (int i = 0; i < times; ++i) {
            sum += Lib::finish(fibonacci<Lib>(25));
        }
    });
    sample.check = sum;
    return sample;
}

/// Pending at every poll but the last, as if it were woken each time.
class Polls {
public:
    using Output = void;

    explicit Polls(int count) noexcept : left_(count) {}

    async::Poll<void> poll(async::Context&) noexcept {
        return left_-- > 0 ? async::Poll<void>::pending() : async::Poll<void>::ready();
    }

private:
    int left_;
};

async::Task<void> waits_at_depth(int depth, int polls) {
    if (depth == 1) {
        co_await Polls(polls);
    } else {
        co_await waits_at_depth(depth - 1, polls);
    }
}

template <int depth>
Sample wake_at_depth() {
    constexpr int polls = 4'000'000;  // so many that to build the tasks does not count
    return once(polls, [] { run(waits_at_depth(depth, polls)); });
}

}  // namespace

int main(int argc, char** argv) {
    // What the goals were set against, in the same units: five libraries' 14 to 19 ns an await.
    std::vector<Row> rows = {
        {.work = "co_await a ready child",
         .goal = 0.58,
         .contenders = {{"tandem", await_ready_child<Tandem>}}},
        {.work = "fib(25), a lazily awaited call",
         .goal = 0.55,
         .contenders = {{"tandem", lazily_awaited_calls<Tandem>}}},
        {.work = "a wake, 1,000 tasks deep",
         .goal = 1.2,
         .contenders = {{"tandem", wake_at_depth<1'000>}, {"1 deep", wake_at_depth<1>}}},
    };
#if defined(ASIO_HAS_CO_AWAIT)
    rows[0].contenders.push_back({"Asio", await_ready_child<Asio>});
    rows[1].contenders.push_back({"Asio", lazily_awaited_calls<Asio>});
#endif
    return serve(argc, argv, rows);
}
