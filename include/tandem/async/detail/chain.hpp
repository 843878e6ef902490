#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include "tandem/async/detail/escaped.hpp"
#include "tandem/async/detail/task_checks.hpp"
#include "tandem/async/waker.hpp"
#include "tandem/core/detail/type_name.hpp"
#include "tandem/core/detail/unwinding.hpp"

#if __cpp_exceptions
#include <exception>
#endif

namespace tandem::async::detail {

using namespace tandem::detail;

inline namespace TANDEM_BUILD {

// Tasks that await each other stand in a chain, the one that was polled on top and the one that
// really waits, the leaf, at the bottom. Only the leaf is polled, however long the chain is; when
// it ends, the chain climbs to the task that awaits it.
//
//   poll ──► top ──awaits──► child ──awaits──► leaf ──awaits──► a future that is no task
//             └───────────────── knows ─────────▲

class Chain;
class CoroutineBase;

struct Leaf;

/// What is done with a future of some type that a leaf awaits.
struct LeafKind {
    bool (*poll)(Leaf&, Chain&) noexcept;  // true once the value is there
    ConstText name;                        // of the type, for who looks at what a task waits for
};

/// What a leaf awaits: a future that is no task, as the chain sees it. One word, for the task that
/// awaits it and the chain do not need to know of it at the same time.
struct Leaf {
    union {
        CoroutineBase* task;   // that awaits it, while that runs
        LeafKind const* kind;  // while that is suspended
    };
};

/// The place in a task's frame where it awaits another task. It owns that task's frame.
struct Link {
    CoroutineBase* parent = nullptr;
    CoroutineBase* child = nullptr;
};

/// How a coroutine has ended, if it has.
enum class Outcome : std::uint8_t { none, value, exception, dropped };

/// What every task's promise begins with, whatever the task returns: its place in the chain.
/// Two words, for they are paid for by every task.
class CoroutineBase {
public:
    CoroutineBase() noexcept = default;
    CoroutineBase(CoroutineBase const&) = delete;
    CoroutineBase& operator=(CoroutineBase const&) = delete;

    [[nodiscard]] bool ended() const noexcept { return outcome != Outcome::none; }

    [[nodiscard]] std::coroutine_handle<> handle() noexcept {
        return std::coroutine_handle<CoroutineBase>::from_promise(*this);
    }

    /// While the chain runs: the chain. While the leaf of a chain that waits: what it awaits. While
    /// it is dropped: where an exception goes.
    union {
        Chain* chain = nullptr;
        Leaf* awaited;
#if __cpp_exceptions
        std::exception_ptr* escaped;
#endif
    };
    /// In a child: where it is awaited. In the top of a chain that waits: its leaf. Null before it
    /// has begun.
    union {
        Link* link = nullptr;
        CoroutineBase* leaf;
    };
    Outcome outcome = Outcome::none;
    [[no_unique_address]] TaskWatch watch;
};

/// Ends a coroutine's frame and all that lives in it. `failed`: an exception has left it, which its
/// parameters, that end only now, are to know as they would in a function.
inline void destroy_frame(CoroutineBase& coroutine, bool failed = false) noexcept {
    CoroutineEntered const entered;
#if __cpp_exceptions
    if (failed) [[unlikely]] {
        --exceptions_outside;
    }
    if (!coroutine.ended()) {
        // An exception that leaves a destructor in it does not come out of destroy(): the rest of
        // the locals ends, unhandled_exception() gets it, and the frame is left at its final
        // suspension, to be destroyed once more.
        std::exception_ptr escaped;
        coroutine.outcome = Outcome::dropped;
        coroutine.escaped = &escaped;
        auto const handle = coroutine.handle();
        handle.destroy();
        if (escaped != nullptr) [[unlikely]] {
            handle.destroy();
            CatchEscaped::hand_over(std::move(escaped));
        }
        return;
    }
#else
    static_cast<void>(failed);
#endif
    coroutine.handle().destroy();
}

/// Ends a top and all below it, the leaf first: that is the order in which they would end each
/// other, and needs no stack, however long the chain is.
[[gnu::noinline]] inline void destroy_chain(CoroutineBase& top) noexcept {
    if (!top.ended() && top.leaf != nullptr) {
        for (CoroutineBase* below = top.leaf; below != &top;) {
            Link& link = *below->link;
            destroy_frame(*below);
            link.child = nullptr;  // or the parent's frame would end it once more
            below = link.parent;
        }
    }
    destroy_frame(top, top.outcome == Outcome::exception);
}

/// One poll of a chain of tasks, from the top.
///
/// A task that awaits a child resumes it at once, on top of its own stack frame, and goes on
/// without a suspension if the child ends. That would overflow the stack in a deep recursion, so at
/// a bound the child is left to the loop here, which stands on a stack that is unwound.
class Chain {
public:
    Chain(CoroutineBase& top, Context& context) noexcept : top_(top), context_(context) {}
    Chain(Chain const&) = delete;
    Chain& operator=(Chain const&) = delete;

    [[nodiscard]] Context& context() const noexcept { return context_; }

    /// True once the top has ended. False: the leaf waits, and its waker is where it awaits.
    [[nodiscard]] bool run() noexcept {
        go_on_with(top_.leaf != nullptr ? *top_.leaf : top_, top_.leaf != nullptr);
        for (;;) {
            watch_.runs(leaf_);
            if (awaited_ != nullptr && !awaited_->kind->poll(*awaited_, *this)) {
                break;
            }
            CoroutineBase* const running = leaf_;
            running->chain = this;
            again_ = false;
            running->handle().resume();
            if (leaf_ == running && running->ended()) {
                if (running == &top_) {
                    return true;
                }
                go_on_with(*running->link->parent, false);
            } else if (!again_) {
                break;
            }
        }
        leaf_->awaited = awaited_;
        top_.leaf = leaf_;
        watch_.suspends(*leaf_, top_);
        return false;
    }

    /// Called by a task that awaits another. True: the child has ended.
    [[nodiscard]] bool descend(Link& link) noexcept {
        CoroutineBase& child = *link.child;
        bool const has_begun = child.leaf != nullptr;
        CoroutineBase& next = has_begun && child.leaf != &child ? *child.leaf : child;
        if (!has_begun && nesting_ < most_nested) [[likely]] {
            child.link = &link;
            child.chain = this;
            ++nesting_;
            watch_.runs(&child);
            child.handle().resume();
            watch_.runs(link.parent);
            --nesting_;
            return child.ended();
        }
        child.link = &link;
        go_on_with(next, has_begun);
        again_ = true;
        return false;
    }

    /// Called by a task that awaits a future which is not ready yet.
    void wait_for(CoroutineBase& task, Leaf& leaf, LeafKind const& kind) noexcept {
        leaf.kind = &kind;
        leaf_ = &task;
        awaited_ = &leaf;
    }
    /// Called by a leaf's future that is ready: its task is about to go on.
    void hand_back(Leaf& leaf) noexcept { leaf.task = leaf_; }

#if __cpp_exceptions
    // A poll may throw, and the exception belongs to the task that awaits: it is thrown there.
    std::exception_ptr error;
#endif

private:
    static constexpr int most_nested = 64;

    void go_on_with(CoroutineBase& leaf, bool has_begun) noexcept {
        leaf_ = &leaf;
        awaited_ = has_begun ? leaf.awaited : nullptr;
    }

    CoroutineEntered const entered_;  // until the result is taken, and the top's frame has ended
    CoroutineBase& top_;
    Context& context_;
    CoroutineBase* leaf_ = nullptr;
    Leaf* awaited_ = nullptr;  // null: the leaf is to be resumed
    int nesting_ = 0;
    [[no_unique_address]] ChainWatch watch_;
    bool again_ = false;  // a leaf to go on with was found, and is not polled yet
};

}  // namespace TANDEM_BUILD
}  // namespace tandem::async::detail
