#pragma once

#include <cstddef>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tandem::rt::detail {

// A report names the place where a task was spawned. Only a default argument can tell it, and none
// may stand behind arguments of any number. So spawn has six arguments that may be left out, and
// the place behind them; for more there is a second spawn, which does not know its place.

using Site = std::source_location;

/// An argument that was left out.
struct NotGiven {};

template <class... Args>
inline constexpr std::size_t how_many_given =
    (std::size_t{!std::is_same_v<std::remove_cvref_t<Args>, NotGiven>} + ... + 0);

/// Calls `then` with those of the arguments that were given.
template <class Then, class... Args>
decltype(auto) with_given(Then&& then, Args&&... args) {
    auto all = std::forward_as_tuple(std::forward<Args>(args)...);
    return [&]<std::size_t... I>(std::index_sequence<I...>) -> decltype(auto) {
        return std::forward<Then>(then)(std::get<I>(std::move(all))...);
    }(std::make_index_sequence<how_many_given<Args...>>());
}

template <class... Args>
concept ManyArguments = sizeof...(Args) > 6;

}  // namespace tandem::rt::detail
