#pragma once

#include <memory>
#include <utility>

#include "tandem/async/waker.hpp"

namespace tandem::rt::detail {

/// Wakers taken out under a lock, to be called when it is free again: a waker may run code that
/// comes back to the very same lock. At its end at the latest.
class WakerBatch {
public:
    WakerBatch() noexcept {}
    WakerBatch(WakerBatch const&) = delete;
    WakerBatch& operator=(WakerBatch const&) = delete;
    ~WakerBatch() {
        for (int i = 0; i < count_; ++i) {
            wakers_[i].wake();
            std::destroy_at(&wakers_[i]);
        }
    }

    [[nodiscard]] bool is_full() const noexcept { return count_ == most; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    /// Leaves one behind that wakes nobody.
    void take(async::Waker& waker) noexcept {
        std::construct_at(&wakers_[count_], std::move(waker));
        ++count_;
    }

private:
    static constexpr int most = 32;

    int count_ = 0;
    union {  // no wakers at first: to make 32 of them would cost more than most batches take
        async::Waker wakers_[most];
    };
};

}  // namespace tandem::rt::detail
