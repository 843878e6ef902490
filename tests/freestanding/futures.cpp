// A program of futures with nothing below it: no libc, no heap, no exceptions.
#include <tuple>

#include "tandem/async/block.hpp"
#include "tandem/async/future.hpp"
#include "tandem/async/join.hpp"
#include "tandem/async/pending.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/async/poll_fn.hpp"
#include "tandem/async/race.hpp"
#include "tandem/async/ready.hpp"
#include "tandem/async/select.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/async/yield_now.hpp"

using namespace tandem::async;

Task<int> one() {
    co_await yield_now();
    co_return 1;
}

Task<int> several() {
    int sum = co_await one();
    sum += co_await ready(2);
    auto added = block([](int n) -> Task<int> { co_return n; }, 3);
    sum += co_await std::move(added);
    int polls = 0;
    auto counted = poll_fn([&polls](Context& cx) {
        cx.waker().wake_by_ref();
        return ++polls == 3 ? Poll<int>::ready(polls) : Poll<int>::pending();
    });
    sum += co_await std::move(counted);
    auto const [first, second] = co_await join(one(), ready(5));
    sum += first + second;
    auto const selected = co_await select(one(), pending<int>());
    sum += selected.index() == 0 ? selected.get<0>() : selected.get<1>();
    sum += co_await race(one(), ready(6));
    co_return sum;
}

int run() {
    Waker const waker = Waker::noop();
    Context cx(waker);
    auto task = several();
    for (;;) {
        if (auto poll = task.poll(cx); poll.is_ready()) {
            return poll.value();
        }
    }
}
