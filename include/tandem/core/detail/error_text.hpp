#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "tandem/core/detail/type_name.hpp"

namespace tandem::detail {

template <class E>
concept Describable = requires(E const& error) {
    std::string(describe(error));  // found beside the error's own type
};

template <class E>
concept HasMessage = requires(E const& error) { std::string(error.message()); };

template <class E>
concept HasWhat = requires(E const& error) { std::string(error.what()); };

template <class E>
concept TextLike = std::convertible_to<E const&, std::string_view>;

template <class E>
concept Number = std::is_arithmetic_v<E>;

template <class E>
concept HasText = Describable<E> || HasMessage<E> || HasWhat<E> || TextLike<E> || Number<E>;

/// What an error says of itself, or its type's name where it says nothing.
template <class E>
[[nodiscard]] std::string error_text(E const& error) {
    if constexpr (Describable<E>) {
        return std::string(describe(error));
    } else if constexpr (HasMessage<E>) {
        return std::string(error.message());
    } else if constexpr (HasWhat<E>) {
        return std::string(error.what());
    } else if constexpr (TextLike<E>) {
        return std::string(std::string_view(error));
    } else if constexpr (Number<E>) {
        return std::to_string(error);
    } else {
        constexpr ConstText name = type_name<E>();
        return std::string(name.data, name.size);
    }
}

}  // namespace tandem::detail
