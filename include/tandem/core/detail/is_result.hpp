#pragma once

namespace tandem {

template <class T, class E>
class Result;

namespace detail {

template <class R>
inline constexpr bool is_result = false;
template <class T, class E>
inline constexpr bool is_result<Result<T, E>> = true;

}  // namespace detail
}  // namespace tandem
