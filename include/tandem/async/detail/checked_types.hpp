#pragma once

#include "tandem/core/detail/checked.hpp"

namespace tandem::async {

// What differs between a checked build and another: each has its own, so that the two do not link.
inline namespace TANDEM_BUILD {

template <class T = void>
class Task;

}  // namespace TANDEM_BUILD
}  // namespace tandem::async
