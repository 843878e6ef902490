#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/threads.hpp"
#include "tandem/sync/arc.hpp"
#include "tandem/thread/spawn.hpp"

namespace thread = tandem::thread;
using tandem::sync::Arc;
using tandem::sync::make_arc;
using tandem::testing::Counted;
using tandem::testing::on_threads;

TEST_CASE("share_immutable_data: three threads read one vector", "[02_arc]") {
    auto const data = make_arc<std::vector<int>>({1, 2, 3, 4, 5});
    std::vector<thread::JoinHandle<std::pair<int, bool>>> handles;

    for (int i = 0; i < 3; ++i) {
        handles.push_back(thread::spawn(
            [](Arc<std::vector<int>> data_clone, Arc<std::vector<int>> first) {
                int const sum = std::accumulate(data_clone->begin(), data_clone->end(), 0);
                return std::pair(sum, data_clone.ptr_eq(first));
            },
            data.clone(), data.clone()));
    }

    for (auto& handle : handles) {
        auto const [sum, same_vector] = handle.join().unwrap();
        CHECK(sum == 15);
        CHECK(same_vector);
    }
    CHECK(data.strong_count() == 1);  // the threads have given theirs back
}

TEST_CASE("reference counting is atomic", "[02_arc]") {
    auto const data = make_arc<int>(7);

    on_threads(4, [&](int) {
        for (int i = 0; i < 10'000; ++i) {
            auto const clone = data.clone();
        }
    });

    CHECK(data.strong_count() == 1);
}

TEST_CASE("cloning copies no data, it increments a counter", "[02_arc]") {
    auto const data = make_arc<Counted>(7);
    int const copies = Counted::copies;
    int const alive = Counted::alive;

    auto const clone = data.clone();

    CHECK(Counted::copies == copies);
    CHECK(Counted::alive == alive);
    CHECK(data.strong_count() == 2);
    CHECK(sizeof clone == sizeof(void*));
}

TEST_CASE("data is immutable by default", "[02_arc]") {
    auto data = make_arc<std::vector<int>>({1, 2, 3});

    STATIC_REQUIRE(std::is_same_v<decltype(*data), std::vector<int> const&>);
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Arc<int>>);  // a clone says that it is one

    // The one exception: nobody else can be reading.
    data.get_mut()->push_back(4);
    CHECK(data->size() == 4);
    auto const other = data.clone();
    CHECK(data.get_mut() == nullptr);
}

TEST_CASE("memory is freed when the last reference drops, on whatever thread", "[02_arc]") {
    int const before = Counted::alive;
    std::optional<Arc<Counted>> data = make_arc<Counted>(7);
    auto handle = thread::spawn(
        [](Arc<Counted> last) {
            thread::park();  // until ours is gone
            return last->number;
        },
        data->clone());

    data.reset();
    CHECK(Counted::alive == before + 1);
    handle.thread().unpark();

    CHECK(handle.join().unwrap() == 7);
    CHECK(Counted::alive == before);
}
