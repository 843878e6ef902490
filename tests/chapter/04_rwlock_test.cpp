#include <atomic>
#include <latch>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/rwlock.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::RwLock;
using tandem::testing::let_them_fall_asleep;
using tandem::testing::on_threads;
using tandem::testing::Threads;

TEST_CASE("reader_writer_pattern: five readers see three elements or four", "[04_rwlock]") {
    using Numbers = RwLock<std::vector<int>>;
    auto const data = make_arc<Numbers>(std::vector{1, 2, 3});
    std::vector<thread::JoinHandle<std::vector<int>>> readers;

    for (int i = 0; i < 5; ++i) {
        readers.push_back(
            thread::spawn([](Arc<Numbers> shared) { return std::vector(*shared->read().unwrap()); },
                          data.clone()));
    }
    auto writer = thread::spawn(
        [](Arc<Numbers> shared) {
            auto guard = shared->write().unwrap();
            guard->push_back(4);
        },
        data.clone());

    for (auto& reader : readers) {
        auto const seen = reader.join().unwrap();
        CHECK((seen == std::vector{1, 2, 3} || seen == std::vector{1, 2, 3, 4}));
    }
    writer.join().unwrap();
    CHECK(*data->read().unwrap() == std::vector{1, 2, 3, 4});
}

TEST_CASE("multiple readers can access simultaneously", "[04_rwlock]") {
    RwLock<int> const data{7};
    std::latch all_inside{5};

    on_threads(5, [&](int) {
        auto const guard = data.read().unwrap();
        all_inside.arrive_and_wait();  // hangs unless all five are inside at once
    });

    CHECK(*data.read().unwrap() == 7);
}

TEST_CASE("a single writer waits for all readers", "[04_rwlock]") {
    RwLock<int> const data{0};
    std::atomic<bool> written{false};
    Threads threads;
    {
        auto const first = data.read().unwrap();
        {
            auto const second = data.read().unwrap();
            threads.start([&] {
                *data.write().unwrap() = 1;
                written = true;
            });
            let_them_fall_asleep();
        }
        let_them_fall_asleep();
        CHECK_FALSE(written);  // one of the two is still reading
        CHECK(*first == 0);
    }
    threads.join();

    CHECK(*data.read().unwrap() == 1);
}

TEST_CASE("a writer is alone", "[04_rwlock]") {
    RwLock<int> const data{0};
    auto const guard = data.write().unwrap();

    CHECK(data.try_read().is_err());
    CHECK(data.try_write().is_err());
}
