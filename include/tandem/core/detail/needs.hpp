#pragma once

namespace tandem::detail {

/// The two questions the library asks of a type before it lets another thread have it.
enum class Trait { send, sync };

/// One question: is `T` Send, is `T` Sync?
template <Trait trait, class T>
struct Asked {};

template <class T>
using SendOf = Asked<Trait::send, T>;
template <class T>
using SyncOf = Asked<Trait::sync, T>;

/// What has to hold for a class template to be Send (or Sync). A class of the library says it as
///
///     using tandem_send = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;
template <class... Questions>
struct Needs {};

/// Never Send (or Sync), whatever it is made of: a guard belongs to the thread that locked.
struct Never {};

}  // namespace tandem::detail
