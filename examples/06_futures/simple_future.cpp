// Futures: a state machine by hand, polled to its end
#include <fmt/core.h>

#include "tandem/async/block_on.hpp"
#include "tandem/async/future.hpp"

namespace async = tandem::async;
using async::Context;
using async::Poll;

/// Counts down, a step a poll. Between two steps it has nothing to do but to ask for the next.
class Countdown {
public:
    using Output = char const*;

    explicit Countdown(int from) : left_(from) {}

    Poll<Output> poll(Context& cx) {
        if (left_ == 0) {
            return Poll<Output>::ready("lift-off");
        }
        fmt::print("{}\n", left_--);
        cx.waker().wake_by_ref();  // whoever returns pending has seen to it that he is woken
        return Poll<Output>::pending();
    }

private:
    int left_;
};

static_assert(async::Future<Countdown>);  // an Output and a poll: no more is needed

int main() { fmt::print("{}\n", async::block_on(Countdown(3))); }

// prints:
// 3
// 2
// 1
// lift-off
