#pragma once

#include <utility>

namespace tandem::sync::mpsc::detail {

/// Waiting threads, first come, first served. The nodes stand on the stacks of those who wait, so
/// queueing allocates nothing and cannot fail. Whoever uses it holds a lock.
template <class Node>
class Fifo {
public:
    [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr; }

    void push_back(Node& node) noexcept {
        node.before = last_;
        node.after = nullptr;
        node.is_queued = true;
        (last_ == nullptr ? first_ : last_->after) = &node;
        last_ = &node;
    }

    /// The one that has waited longest, or null.
    [[nodiscard]] Node* pop_front() noexcept {
        Node* const node = first_;
        if (node != nullptr) {
            remove(*node);
        }
        return node;
    }

    /// Takes a node out; false if it is out already, since somebody has chosen it.
    bool remove(Node& node) noexcept {
        if (!node.is_queued) {
            return false;
        }
        (node.before == nullptr ? first_ : node.before->after) = node.after;
        (node.after == nullptr ? last_ : node.after->before) = node.before;
        node.is_queued = false;
        return true;
    }

private:
    Node* first_ = nullptr;
    Node* last_ = nullptr;
};

}  // namespace tandem::sync::mpsc::detail
