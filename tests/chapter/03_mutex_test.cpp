#include <atomic>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/threads.hpp"
#include "tandem/core/panic.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/sync/mutex.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::sync::Mutex;
using tandem::testing::on_threads;

TEST_CASE("safe_shared_counter: ten threads count to a thousand", "[03_mutex]") {
    auto const counter = make_arc<Mutex<int>>(0);
    std::vector<thread::JoinHandle<void>> handles;

    for (int i = 0; i < 10; ++i) {
        handles.push_back(thread::spawn(
            [](Arc<Mutex<int>> counter_clone) {
                for (int n = 0; n < 100; ++n) {
                    auto num = counter_clone->lock().unwrap();
                    *num += 1;
                }
            },
            counter.clone()));
    }
    for (auto& handle : handles) {
        handle.join().unwrap();
    }

    CHECK(*counter->lock().unwrap() == 1'000);
}

TEST_CASE("exclusion is mutual: one thread at a time is inside", "[03_mutex]") {
    Mutex<int> const inside{0};
    std::atomic<int> most{0};

    on_threads(4, [&](int) {
        for (int i = 0; i < 1'000; ++i) {
            auto const guard = inside.lock().unwrap();
            *guard += 1;
            most = most < *guard ? *guard : most.load();
            *guard -= 1;
        }
    });

    CHECK(most == 1);
}

TEST_CASE("the lock is released when the guard drops", "[03_mutex]") {
    Mutex<int> const number{0};

    {
        auto const guard = number.lock().unwrap();
        CHECK(number.try_lock().is_err());
    }
    CHECK(number.try_lock().is_ok());

    *number.lock().unwrap() += 1;  // a guard without a name lives for one statement
    CHECK(*number.try_lock().unwrap() == 1);
}

TEST_CASE("lock().unwrap() panics where another thread panicked with the lock", "[03_mutex]") {
    auto const number = make_arc<Mutex<int>>(1);

    auto failed = thread::spawn(
        [](Arc<Mutex<int>> mine) {
            auto const guard = mine->lock().unwrap();
            tandem::panic("with the lock held");
        },
        number.clone());
    CHECK(failed.join().unwrap_err().message() == "with the lock held");

    CHECK(number->is_poisoned());
    CHECK_THROWS_AS(number->lock().unwrap(), tandem::Panic);
    CHECK(*number->lock().unwrap_err().into_inner() == 1);  // who knows better goes on
}
