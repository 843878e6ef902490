#pragma once

#include <utility>

#include "tandem/core/detail/raise.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem::async::detail {

/// One of the owners of what the ends of a channel share; the last one destroys it. Unlike an Arc
/// it lets its owners write: the state has its own lock.
template <class State>
class Shared {
public:
    template <class... Args>
    [[nodiscard]] static Shared make(Args&&... args) {
        return Shared(new Node(std::forward<Args>(args)...));
    }

    Shared(Shared&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Shared& operator=(Shared&& other) noexcept {
        Shared last(std::move(other));
        std::swap(node_, last.node_);
        return *this;
    }
    ~Shared() { reset(); }

    [[nodiscard]] Shared clone() const {
        checked();
        node_->owners.add();
        return Shared(node_);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return node_ != nullptr; }
    [[nodiscard]] State& operator*() const { return checked(); }
    [[nodiscard]] State* operator->() const { return &checked(); }

    [[nodiscard]] bool ptr_eq(Shared const& other) const noexcept { return node_ == other.node_; }

    void reset() noexcept {
        if (Node* const last = std::exchange(node_, nullptr);
            last != nullptr && last->owners.remove()) {
            delete last;
        }
    }

private:
    struct Node : State {
        using State::State;
        tandem::detail::RefCount owners{1};
    };

    explicit Shared(Node* node) noexcept : node_(node) {}

    State& checked() const {
        if (node_ == nullptr) [[unlikely]] {
            tandem::detail::raise(
                "this end of a channel was moved from, or is used up: keep the "
                "one it was moved to, or make another channel");
        }
        return *node_;
    }

    Node* node_;  // null once moved from
};

}  // namespace tandem::async::detail
