#pragma once

#include <utility>

#include "tandem/async/notify.hpp"
#include "tandem/core/detail/atomic.hpp"
#include "tandem/core/detail/raw_mutex.hpp"
#include "tandem/core/detail/ref_count.hpp"

namespace tandem::rt::detail {

using namespace tandem::detail;  // inside rt, detail:: means both

/// What all tokens that descend from the same one share: the lock of their family tree.
struct CancellationTree {
    RawMutex mutex;
    RefCount nodes{1};
};

/// What a CancellationToken and its clones share: a place in the tree of those that are cancelled
/// with each other.
///
/// One that nobody holds any more leaves the tree, and its only child, if it has one, takes its
/// place. With several children it stays to hold them together until all but one are gone. So
/// there are never more of these than of those that somebody holds, and to leave takes the same
/// time for all. A node that was cancelled stands in no tree: nothing can happen to it any more.
///
/// Rust: the TreeNode of tokio_util's CancellationToken
class CancellationNode {
public:
    CancellationNode(CancellationNode const&) = delete;
    CancellationNode& operator=(CancellationNode const&) = delete;

    /// Both come with one handle.
    [[nodiscard]] static CancellationNode* create() {
        auto* const tree = new CancellationTree;
        return new CancellationNode(*tree);
    }
    [[nodiscard]] CancellationNode* create_child() {
        auto* const child = new CancellationNode(tree_);
        tree_.nodes.add();
        RawLock const lock(tree_.mutex);
        if (is_cancelled()) {
            child->set_cancelled();
        } else {
            child->link_to(*this);
        }
        return child;
    }

    void add_handle() noexcept { handles_.add(); }
    void remove_handle() noexcept {
        if (!handles_.remove()) {
            return;
        }
        Chain gone;
        RawLock const lock(tree_.mutex);
        abandoned_ = true;
        leave(this, gone);
    }

    [[nodiscard]] bool is_cancelled() const noexcept {
        // acquire: pairs with release in set_cancelled: what was done before cancel() is seen.
        return cancelled_.load(std::memory_order_acquire);
    }
    /// Cancels it, and all below.
    void cancel() noexcept {
        if (is_cancelled()) {
            return;
        }
        Chain gone;
        Chain to_wake;
        {
            RawLock const lock(tree_.mutex);
            if (is_cancelled()) {
                return;
            }
            CancellationNode* const parent = parent_;
            unlink();
            cancel_all(gone, to_wake);
            leave(parent, gone);
        }
        while (CancellationNode* const node = to_wake.pop()) {
            node->notify_.notify_waiters();
            node->remove_handle();
        }
    }

    /// Of its cancellation.
    [[nodiscard]] async::Notify const& notify() const noexcept { return notify_; }

private:
    /// Nodes that stand in no tree any more, linked by what linked them there. It deletes those
    /// that are left at its end.
    class Chain {
    public:
        Chain() noexcept = default;
        Chain(Chain const&) = delete;
        Chain& operator=(Chain const&) = delete;
        ~Chain() {
            while (CancellationNode* const node = pop()) {
                delete node;
            }
        }

        void push(CancellationNode& node) noexcept { node.next_ = std::exchange(first_, &node); }
        CancellationNode* pop() noexcept {
            CancellationNode* const node = first_;
            if (node != nullptr) {
                first_ = node->next_;
            }
            return node;
        }

    private:
        CancellationNode* first_ = nullptr;
    };

    explicit CancellationNode(CancellationTree& tree) noexcept : tree_(tree) {}
    ~CancellationNode() {
        if (tree_.nodes.remove()) {
            delete &tree_;
        }
    }

    void set_cancelled() noexcept {
        // release: pairs with acquire in is_cancelled.
        cancelled_.store(true, std::memory_order_release);
    }

    // All below under the tree's lock.

    void link_to(CancellationNode& parent) noexcept {
        parent_ = &parent;
        previous_ = nullptr;
        next_ = std::exchange(parent.first_child_, this);
        if (next_ != nullptr) {
            next_->previous_ = this;
        }
    }
    /// From its parent, if it has one.
    void unlink() noexcept {
        if (parent_ == nullptr) {
            return;
        }
        (previous_ != nullptr ? previous_->next_ : parent_->first_child_) = next_;
        if (next_ != nullptr) {
            next_->previous_ = previous_;
        }
        parent_ = nullptr;
    }

    [[nodiscard]] bool holds_nothing_together() const noexcept {
        return first_child_ == nullptr || first_child_->next_ == nullptr;
    }

    /// Takes a node out (or none) if there is no use for it any more, and then those above.
    static void leave(CancellationNode* node, Chain& gone) noexcept {
        while (node != nullptr && node->abandoned_ && node->holds_nothing_together()) {
            CancellationNode* const parent = node->parent_;
            node->unlink();
            gone.push(*node);
            CancellationNode* const heir = std::exchange(node->first_child_, nullptr);
            if (heir != nullptr) {
                heir->parent_ = nullptr;
                if (parent != nullptr) {
                    heir->link_to(*parent);
                }
            }
            node = parent;
        }
    }

    /// Cuts the tree below this node to pieces, each of which is cancelled. It walks, and does not
    /// recurse: a tree may be deep.
    void cancel_all(Chain& gone, Chain& to_wake) noexcept {
        Chain left;
        left.push(*this);
        while (CancellationNode* const node = left.pop()) {
            for (CancellationNode* each = std::exchange(node->first_child_, nullptr);
                 each != nullptr;) {
                CancellationNode& child = *std::exchange(each, each->next_);
                child.parent_ = nullptr;
                left.push(child);
            }
            node->set_cancelled();
            if (node->abandoned_) {
                gone.push(*node);
            } else if (node->handles_.add_unless_none()) {
                to_wake.push(*node);
            }  // else its last handle is about to take it out
        }
    }

    CancellationTree& tree_;
    RefCount handles_{1};
    Atomic<bool> cancelled_{false};
    async::Notify notify_;

    // Under the tree's lock.
    bool abandoned_ = false;  // there are no handles
    CancellationNode* parent_ = nullptr;
    CancellationNode* first_child_ = nullptr;
    CancellationNode* previous_ = nullptr;  // among its parent's children
    CancellationNode* next_ = nullptr;
};

}  // namespace tandem::rt::detail
