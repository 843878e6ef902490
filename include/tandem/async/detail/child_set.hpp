#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "tandem/async/detail/ready_queue.hpp"
#include "tandem/async/future.hpp"

namespace tandem::async::detail {

/// Futures of one type of which only those are polled that were woken: what FuturesUnordered and
/// join_all are made of. One owner at a time; the wakers of its children go anywhere.
template <PolledItself F>
class ChildSet {
public:
    using Output = typename F::Output;

    ChildSet() noexcept = default;
    ChildSet(ChildSet&& other) noexcept
        : queue_(std::exchange(other.queue_, nullptr)),
          children_(std::exchange(other.children_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          first_ready_(std::exchange(other.first_ready_, nullptr)),
          last_ready_(std::exchange(other.last_ready_, nullptr)) {}
    ChildSet& operator=(ChildSet&&) = delete;
    ~ChildSet() {
        while (children_ != nullptr) {
            end(*children_);
        }
        if (queue_ != nullptr) {
            forget(first_ready_);
            forget(queue_->close());
            forget_waker();
            queue_->remove_owner();
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Wakes the set's task, if that waits already.
    template <class From>
    void push(From&& future) {
        if (queue_ == nullptr) {
            queue_ = ReadyQueue::create();
        }
        auto& node = *new Node(*queue_, std::forward<From>(future));
        node.after = std::exchange(children_, &node);
        if (node.after != nullptr) {
            node.after->before = &node;
        }
        ++size_;
        append(node.link());
        queue_->waker.wake();
    }

    /// Polls the children that were woken until one is ready. Those that are woken meanwhile wait
    /// for the next call, so that one which always wakes itself keeps nobody up.
    Poll<Output> poll_next(Context& cx) {
        if (queue_ == nullptr) {
            return Poll<Output>::pending();
        }
        queue_->waker.register_waker(cx.waker());
        take_woken();
        while (first_ready_ != nullptr) {
            if (auto polled = poll_child(pop(), cx); polled.is_ready()) {
                if (size_ == 0) {
                    forget_waker();
                }
                return polled;
            }
        }
        return Poll<Output>::pending();
    }

    /// For a task that does not wait for the set any more.
    void forget_waker() noexcept { static_cast<void>(queue_->waker.take()); }

private:
    struct Node final : Child {
        template <class From>
        Node(ReadyQueue& queue, From&& from)
            : Child(queue), future(std::in_place, std::forward<From>(from)) {}

        std::optional<F> future;  // the set's alone; none once it has ended
        Node* before = nullptr;
        Node* after = nullptr;
    };

    /// Ends a child when it is ready, and also when its poll throws.
    struct EndUnlessPending {
        ~EndUnlessPending() {
            if (!pending) {
                set.end(node);
            }
        }
        ChildSet& set;
        Node& node;
        bool pending = false;
    };

    Poll<Output> poll_child(Node& node, Context const& cx) {
        if (!node.future) {
            node.remove_owner();  // it has ended, though it was woken once more
            return Poll<Output>::pending();
        }
        Waker const waker = node.begin_poll();
        Context inner(waker, cx);
        EndUnlessPending guard{*this, node};
        auto polled = node.future->poll(inner);
        guard.pending = polled.is_pending();
        return polled;
    }

    void end(Node& node) noexcept {
        (node.before != nullptr ? node.before->after : children_) = node.after;
        if (node.after != nullptr) {
            node.after->before = node.before;
        }
        --size_;
        node.leave();
        node.future.reset();
        node.remove_owner();
    }

    // The list of those to be polled now, which belongs to the set alone.

    void append(ReadyLink& link) noexcept {
        link.next = nullptr;
        (first_ready_ != nullptr ? last_ready_->next : first_ready_) = &link;
        last_ready_ = &link;
    }
    Node& pop() noexcept {
        ReadyLink& link = *first_ready_;
        first_ready_ = link.next;
        return static_cast<Node&>(Child::of(link));
    }
    void take_woken() noexcept {
        for (ReadyLink* link = queue_->take_all(); link != nullptr;) {
            append(*std::exchange(link, link->next));
        }
    }
    static void forget(ReadyLink* link) noexcept {
        while (link != nullptr) {
            Child::of(*std::exchange(link, link->next)).remove_owner();
        }
    }

    ReadyQueue* queue_ = nullptr;  // from the first push on
    Node* children_ = nullptr;
    std::size_t size_ = 0;
    ReadyLink* first_ready_ = nullptr;
    ReadyLink* last_ready_ = nullptr;
};

}  // namespace tandem::async::detail
