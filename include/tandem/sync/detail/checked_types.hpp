#pragma once

#include "tandem/core/detail/checked.hpp"

namespace tandem::sync {

// What differs between a checked build and another: each has its own, so that the two do not link.
inline namespace TANDEM_BUILD {

template <class T>
class Mutex;
template <class T>
class MutexGuard;
template <class T>
class RwLock;
template <class T>
class RwLockReadGuard;
template <class T>
class RwLockWriteGuard;

}  // namespace TANDEM_BUILD
}  // namespace tandem::sync
