#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

namespace tandem::detail {

/// std::invoke without <functional>, which costs a tenth of a second to compile. Always called
/// as `detail::call`: the arguments' own namespaces are not to be searched.
template <class Fn, class... Args>
constexpr decltype(auto) call(Fn&& fn, Args&&... args) {
    if constexpr (std::is_member_pointer_v<std::remove_cvref_t<Fn>>) {
        return std::apply(std::forward<Fn>(fn), std::forward_as_tuple(std::forward<Args>(args)...));
    } else {
        return std::forward<Fn>(fn)(std::forward<Args>(args)...);
    }
}

}  // namespace tandem::detail
