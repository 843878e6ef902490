#pragma once

#include <type_traits>
#include <utility>

#include "tandem/async/poll.hpp"
#include "tandem/core/unit.hpp"

namespace tandem::async::detail {

using namespace tandem::detail;

/// How a combinator keeps an output until it hands it over: void as Unit, a reference as a pointer.
template <class T>
using Stored =
    std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, UnitIfVoid<T>>;

/// The output of a poll that is ready, to keep.
template <class T>
[[nodiscard]] constexpr Stored<T> to_store([[maybe_unused]] Poll<T>&& polled) {
    if constexpr (std::is_void_v<T>) {
        return Unit{};
    } else if constexpr (std::is_reference_v<T>) {
        return &polled.value();
    } else {
        return std::move(polled).value();
    }
}

/// What was kept, to hand over: an rvalue of it, or the reference that it was.
template <class T>
[[nodiscard]] constexpr UnitIfVoid<T>&& from_store(Stored<T>& stored) noexcept {
    if constexpr (std::is_reference_v<T>) {
        return static_cast<T>(*stored);
    } else {
        return std::move(stored);
    }
}

}  // namespace tandem::async::detail
