#include "tandem/sync/mutex.hpp"

#include <mutex>
#include <string_view>

#include "support/bench.hpp"

using namespace tandem::bench;

namespace {

/// A lock on a line of its own: whether it shares one with something else is not to be luck.
struct alignas(128) Tandem {
    tandem::sync::Mutex<long> counter{0};

    [[gnu::always_inline]] void add() { *counter.lock().unwrap() += 1; }
};

struct alignas(128) Std {
    std::mutex mutex;
    long counter = 0;

    [[gnu::always_inline]] void add() {
        std::lock_guard const lock(mutex);
        counter += 1;
    }
};

template <class Lock>
Sample alone() {
    Lock lock;
    return repeated(5'000'000, [&] { lock.add(); });
}

template <class Lock, int threads>
Sample contended() {
    Lock lock;
    return crowded(threads, [&](int, long) { lock.add(); });
}

template <int threads>
Row contended_row(std::string_view work) {
    return {.work = work,
            .contenders = {{"tandem", contended<Tandem, threads>},
                           {"std::mutex", contended<Std, threads>}}};
}

}  // namespace

int main(int argc, char** argv) {
    return serve(argc, argv,
                 {{.work = "Mutex lock+unlock, 1 thread",
                   .contenders = {{"tandem", alone<Tandem>}, {"std::mutex", alone<Std>}}},
                  contended_row<2>("Mutex contended, 2 threads"),
                  contended_row<4>("Mutex contended, 4 threads"),
                  contended_row<8>("Mutex contended, 8 threads")});
}
