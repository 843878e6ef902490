// Futures: a small executor, whose wakers put a task back into its queue
#include <fmt/core.h>

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "tandem/async/task.hpp"
#include "tandem/async/wake.hpp"
#include "tandem/async/yield_now.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"

namespace async = tandem::async;
using async::Task;
using tandem::sync::Arc;
using tandem::sync::Mutex;

/// A queue of tasks that are to be polled. What wakes a task puts it back into the queue.
class Executor {
public:
    void spawn(Task<void> future) {
        Job::wake(tandem::sync::make_arc<Job>(std::move(future), queue_.clone()));
    }

    void run() {
        while (auto job = next()) {
            async::Waker const waker = async::make_waker(job->clone());
            async::Context cx(waker);
            static_cast<void>((*job)->future.lock().unwrap()->poll(cx));
        }
    }

private:
    struct Job;
    using Queue = Mutex<std::deque<Arc<Job>>>;

    struct Job {
        // A waker may be called from any thread, and a Task may borrow, so it is not Send. These
        // borrow nothing: we vouch for it.
        using tandem_send = void;
        using tandem_sync = void;

        Job(Task<void> task, Arc<Queue> ready) : future(std::move(task)), queue(std::move(ready)) {}

        static void wake(Arc<Job> self) {
            auto jobs = self->queue->lock().unwrap();
            jobs->push_back(std::move(self));
        }

        Mutex<Task<void>> future;
        Arc<Queue> queue;
    };

    std::optional<Arc<Job>> next() {
        auto jobs = queue_->lock().unwrap();
        if (jobs->empty()) {
            return std::nullopt;
        }
        auto job = std::move(jobs->front());
        jobs->pop_front();
        return job;
    }

    Arc<Queue> queue_ = tandem::sync::make_arc<Queue>();
};

Task<void> count(std::string name, int to) {
    for (int i = 1; i <= to; ++i) {
        fmt::print("{} {}\n", name, i);
        co_await async::yield_now();  // pending, and woken at once: back into the queue
    }
}

int main() {
    Executor executor;
    executor.spawn(count("tick", 3));
    executor.spawn(count("tock", 2));
    executor.run();
}

// prints:
// tick 1
// tock 1
// tick 2
// tock 2
// tick 3
