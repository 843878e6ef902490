#include "tandem/sync/rwlock.hpp"

#include <mutex>
#include <shared_mutex>

#include "support/bench.hpp"

using namespace tandem::bench;

namespace {

struct alignas(128) Tandem {
    tandem::sync::RwLock<long> value{0};

    [[gnu::always_inline]] void read() {
        long seen = *value.read().unwrap();
        keep(seen);
    }
    [[gnu::always_inline]] void write() { *value.write().unwrap() += 1; }
};

struct alignas(128) Std {
    std::shared_mutex mutex;
    long value = 0;

    [[gnu::always_inline]] void read() {
        std::shared_lock const lock(mutex);
        long seen = value;
        keep(seen);
    }
    [[gnu::always_inline]] void write() {
        std::unique_lock const lock(mutex);
        value += 1;
    }
};

template <class Lock>
Sample alone() {
    Lock lock;
    return repeated(5'000'000, [&] { lock.read(); });
}

template <class Lock>
Sample two_readers() {
    Lock lock;
    return crowded(2, [&](int, long) { lock.read(); });
}

template <class Lock>
Sample mostly_reads() {
    Lock lock;
    return crowded(4, [&](int thread, long i) {
        if ((i + 5 * thread) % 20 == 0) {
            lock.write();
        } else {
            lock.read();
        }
    });
}

}  // namespace

int main(int argc, char** argv) {
    return serve(
        argc, argv,
        {{.work = "RwLock read, 1 thread",
          .contenders = {{"tandem", alone<Tandem>}, {"std::shared_mutex", alone<Std>}}},
         {.work = "RwLock read, 2 threads",
          .contenders = {{"tandem", two_readers<Tandem>}, {"std::shared_mutex", two_readers<Std>}}},
         {.work = "RwLock 95 % reads, 4 threads",
          .contenders = {{"tandem", mostly_reads<Tandem>},
                         {"std::shared_mutex", mostly_reads<Std>}}}});
}
