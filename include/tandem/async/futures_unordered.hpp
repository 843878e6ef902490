#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/async/detail/child_set.hpp"
#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

/// Any number of futures of one type in one task, whose outputs come as they are ready.
///
/// Rust:      futures::stream::FuturesUnordered
/// C++:       nothing
/// Unchecked: it belongs to one task: push and next from others at the same time race
/// Errors:    an exception of one comes out of the poll; that one is gone, the others stay
/// Cost:      one allocation a future; a wake polls only the future that was woken
///
///     FuturesUnordered<Task<Page>> pages;
///     for (auto const& url : urls) { pages.push(fetch(url)); }
///     while (auto page = co_await pages.next()) { index(*page); }
template <Future F>
class FuturesUnordered {
    using Kept = detail::AsFuture<F>;
    using T = typename Kept::Output;

public:
    /// An output (void as Unit), or nothing once the set is empty. For a reference, a pointer.
    using Item = std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*,
                                    std::optional<tandem::detail::UnitIfVoid<T>>>;
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Kept>>;

    class Next;

    FuturesUnordered() noexcept = default;

    /// A task that waits for the next output already is woken, and polls this one too.
    void push(F future) { children_.push(std::move(future)); }

    /// Those that have not ended yet.
    [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }
    [[nodiscard]] bool is_empty() const noexcept { return size() == 0; }

    /// A future of the next output. Rust: StreamExt::next
    [[nodiscard]] Next next() & noexcept { return Next(*this); }
    Next next() && = delete;  // it polls the set in place

    /// What `next` does, for a future of your own. Rust: Stream::poll_next
    [[nodiscard]] Poll<Item> poll_next(Context& cx) {
        if (is_empty()) {
            return Poll<Item>::ready(Item{});
        }
        auto polled = children_.poll_next(cx);
        if (polled.is_pending()) {
            return Poll<Item>::pending();
        }
        return Poll<Item>::ready(Item(detail::to_store(std::move(polled))));
    }

private:
    detail::ChildSet<Kept> children_;
};

/// The next output of a set, which must not move or end meanwhile.
///
/// Rust:   futures::stream::Next
/// Errors: as FuturesUnordered
/// Cancel: nothing is lost: the futures stay in the set, and so do their outputs
/// Wakes:  whoever wakes one of the futures; or pushes one
template <Future F>
class [[nodiscard]] FuturesUnordered<F>::Next {
public:
    using Output = Item;

    explicit Next(FuturesUnordered& set) noexcept : set_(&set) {}
    Next(Next&& other) noexcept : set_(other.set_), waits_(std::exchange(other.waits_, false)) {}
    Next& operator=(Next&&) = delete;
    ~Next() {
        if (waits_) {
            set_->children_.forget_waker();
        }
    }

    Poll<Item> poll(Context& cx) {
        waits_ = !set_->is_empty();  // also if the poll throws
        auto polled = set_->poll_next(cx);
        if (waits_ && polled.is_ready()) {
            waits_ = false;
            set_->children_.forget_waker();  // or whoever ends later would wake us, in vain
        }
        return polled;
    }

private:
    FuturesUnordered* set_;
    bool waits_ = false;
};

}  // namespace tandem::async
