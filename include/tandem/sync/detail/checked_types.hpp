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

// Mutex{5}: clang deduces nothing from the constructors of a class that is defined elsewhere.
template <class T>
Mutex(T) -> Mutex<T>;
template <class T>
RwLock(T) -> RwLock<T>;

}  // namespace TANDEM_BUILD
}  // namespace tandem::sync
