#include "tandem/core/drop.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "support/catch.hpp"

using tandem::drop;

TEST_CASE("drop: the value ends now, not at the end of its scope", "[core][drop]") {
    auto const alive = std::make_shared<int>(1);
    auto copy = alive;
    REQUIRE(alive.use_count() == 2);

    drop(std::move(copy));

    CHECK(alive.use_count() == 1);
    CHECK(copy == nullptr);  // NOLINT(bugprone-use-after-move): to see that it moved
}

TEST_CASE("drop: a temporary ends in it", "[core][drop]") {
    auto const alive = std::make_shared<int>(1);

    drop(std::shared_ptr<int>(alive));

    CHECK(alive.use_count() == 1);
}

TEST_CASE("drop: what can only be moved can be dropped", "[core][drop]") {
    struct Probe {
        explicit Probe(int& ended) : ended_(&ended) {}
        Probe(Probe&& other) noexcept : ended_(std::exchange(other.ended_, nullptr)) {}
        Probe& operator=(Probe&&) = delete;
        ~Probe() {
            if (ended_ != nullptr) {
                *ended_ += 1;
            }
        }

    private:
        int* ended_;
    };
    int ended = 0;
    Probe probe(ended);

    drop(std::move(probe));
    CHECK(ended == 1);

    drop(Probe(ended));
    CHECK(ended == 2);
}
