#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "tandem/async/detail/child_set.hpp"
#include "tandem/async/detail/stored.hpp"
#include "tandem/async/future.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

namespace detail {

/// A future that remembers its place among the others.
template <class F>
class Numbered {
public:
    struct Output {
        std::size_t place;
        Stored<typename F::Output> value;
    };

    template <class From>
    Numbered(std::size_t place, From&& future)
        : place_(place), future_(std::forward<From>(future)) {}

    Poll<Output> poll(Context& cx) {
        auto polled = future_.poll(cx);
        if (polled.is_pending()) {
            return Poll<Output>::pending();
        }
        return Poll<Output>::ready(Output{place_, to_store(std::move(polled))});
    }

private:
    std::size_t place_;
    F future_;
};

template <class Given>
consteval bool check_joined() {
    using F = std::remove_cvref_t<Given>;
    static_assert(Future<F>, "join_all wants a range of futures");
    constexpr bool taken = std::constructible_from<F, Given>;
    static_assert(taken || !Future<F>,
                  "join_all takes the futures away: write join_all(std::move(futures))");
    return Future<F> && taken;
}

}  // namespace detail

/// Any number of futures of one type at once, in one task: ready with all outputs, in the order of
/// the futures. A void output is a Unit, a reference a pointer.
///
/// Rust:   futures::future::JoinAll
/// C++:    nothing
/// Errors: an exception of one comes out, and ends the others with it
/// Cost:   one allocation a future; a wake polls only the future that was woken
/// Cancel: drops all that are not ready, and the outputs of those that were
/// Wakes:  as each of the futures does
///
///     std::vector<Task<Page>> fetches;
///     for (auto const& url : urls) { fetches.push_back(fetch(url)); }
///     std::vector<Page> const pages = co_await join_all(std::move(fetches));
template <class F>
class [[nodiscard]] JoinAll {
    using Value = detail::Stored<typename F::Output>;

public:
    using Output = std::vector<Value>;
    using tandem_send =
        tandem::detail::Needs<tandem::detail::SendOf<F>, tandem::detail::SendOf<Value>>;

    JoinAll() noexcept {}

    template <class From>
    void push(From&& future) {
        children_.push(detail::Numbered<F>(values_.size(), std::forward<From>(future)));
        values_.emplace_back();
    }

    Poll<Output> poll(Context& cx) {
        if (over_) [[unlikely]] {
            detail::raise("this join_all was ready before: it is not polled again");
        }
        while (children_.size() != 0) {
            auto polled = children_.poll_next(cx);
            if (polled.is_pending()) {
                return Poll<Output>::pending();
            }
            auto& ended = polled.value();
            values_[ended.place].emplace(std::move(ended.value));
        }
        over_ = true;
        return Poll<Output>::ready(in_order());
    }

private:
    Output in_order() {
        Output output;
        output.reserve(values_.size());
        for (auto& value : values_) {
            output.push_back(*std::move(value));
        }
        values_.clear();
        return output;
    }

    detail::ChildSet<detail::Numbered<F>> children_;
    std::vector<std::optional<Value>> values_;  // filled as they come
    bool over_ = false;
};

/// Takes all the futures of a range away: `join_all(std::move(futures))`.
/// Rust: futures::future::join_all
template <class Range>
auto join_all(Range&& range) {
    using Element = decltype(*std::begin(range));
    // Out of a range that is given away its elements are moved.
    using Given = std::conditional_t<std::is_lvalue_reference_v<Range>, Element,
                                     std::remove_reference_t<Element>&&>;
    constexpr bool taken = detail::check_joined<Given>();
    if constexpr (taken) {
        JoinAll<detail::AsFuture<Given>> all;
        for (auto&& future : range) {
            all.push(static_cast<Given>(future));
        }
        return all;
    }
}

}  // namespace tandem::async
