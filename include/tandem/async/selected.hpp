#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "tandem/async/detail/stored.hpp"
#include "tandem/async/poll.hpp"
#include "tandem/core/detail/needs.hpp"

namespace tandem::async {

/// Which of a select's futures was the first, and its value; a void value is a Unit.
///
/// Rust:   futures::future::Either, for any number
/// C++:    std::variant, where two alternatives of one type are told apart by their place
/// Errors: get of another future's value panics
///
///     auto first = co_await select(tick(), command());
///     if (first.index() == 1) { run(first.get<1>()); }
template <class... Ts>
class [[nodiscard]] Selected {
    template <std::size_t I>
    using At = typename std::tuple_element_t<I, std::tuple<std::type_identity<Ts>...>>::type;
    template <std::size_t I>
    using Got = tandem::detail::UnitIfVoid<At<I>>;

public:
    using tandem_send = tandem::detail::Needs<tandem::detail::SendOf<Ts>...>;

    /// From the poll that was ready.
    template <std::size_t I>
    explicit Selected(std::in_place_index_t<I>, Poll<At<I>>&& won)
        : value_(std::in_place_index<I>, detail::to_store(std::move(won))) {}

    /// The future's place among the arguments, from 0.
    [[nodiscard]] std::size_t index() const noexcept { return value_.index(); }

    template <std::size_t I>
    [[nodiscard]] std::remove_reference_t<Got<I>>& get() & {
        if constexpr (std::is_reference_v<At<I>>) {
            return *checked<I>(*this);
        } else {
            return checked<I>(*this);
        }
    }
    template <std::size_t I>
    [[nodiscard]] std::remove_reference_t<Got<I>> const& get() const& {
        if constexpr (std::is_reference_v<At<I>>) {
            return *checked<I>(*this);
        } else {
            return checked<I>(*this);
        }
    }
    template <std::size_t I>
    [[nodiscard]] Got<I> get() && {
        return detail::from_store<At<I>>(checked<I>(*this));
    }

private:
    template <std::size_t I, class Self>
    static auto& checked(Self& self) {
        static_assert(I < sizeof...(Ts), "this select has fewer futures: they count from 0");
        auto* const value = std::get_if<I>(&self.value_);
        if (value == nullptr) [[unlikely]] {
            detail::raise("get<I>() of a future that was not the first: ask index() before");
        }
        return *value;
    }

    std::variant<detail::Stored<Ts>...> value_;
};

}  // namespace tandem::async
