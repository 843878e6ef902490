#pragma once

#include <memory>
#include <new>
#include <utility>

#include "tandem/sync/detail/arc_counts.hpp"

namespace tandem::sync::detail {

/// What an Arc points to: the counts and the value, in one allocation. The value may be gone, or
/// not there yet, while Weak references keep the memory, hence the union: it neither constructs
/// nor destroys what is in it.
template <class T>
struct ArcInner {
    ArcInner() noexcept {}  // NOLINT(modernize-use-equals-default): the value comes later
    ArcInner(ArcInner const&) = delete;
    ArcInner& operator=(ArcInner const&) = delete;
    ~ArcInner() {}  // NOLINT(modernize-use-equals-default): a union's destructor has to be written

    /// Builds the value where it is to live, from what `make()` returns.
    template <class Make>
    void construct(Make make) {
        ::new (static_cast<void*>(std::addressof(value))) T(make());
    }

    /// The value's end, by the last strong reference, which then gives up the weak one that all
    /// strong references share.
    void destroy_value() noexcept {
        std::destroy_at(std::addressof(value));
        release_weak();
    }

    void release_weak() noexcept {
        if (counts.remove_weak()) {
            delete this;
        }
    }

    ArcCounts counts;
    union {
        T value;
    };
};

}  // namespace tandem::sync::detail
