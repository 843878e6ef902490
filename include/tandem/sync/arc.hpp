#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "tandem/core/detail/call.hpp"
#include "tandem/core/result.hpp"
#include "tandem/sync/detail/arc_inner.hpp"

namespace tandem::sync {

template <class T>
class Weak;

/// Shared ownership of one value between threads; the last owner destroys it.
///
/// Rust:      std::sync::Arc<T>
/// C++:       std::shared_ptr<T const> that is never null and is copied only by name, clone()
/// Unchecked: a `T const&` kept longer than the Arc it came from. rustc refuses; C++ compiles it.
/// Errors:    an Arc that was moved from panics when used. More than half of all counts aborts.
/// Cost:      one pointer; one allocation for counts and value together
///
///     auto const data = make_arc<std::vector<int>>({1, 2, 3});
///     thread::spawn([](Arc<std::vector<int>> mine) { use(*mine); }, data.clone());
template <class T>
class Arc {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;

    Arc(Arc&& other) noexcept : inner_(std::exchange(other.inner_, nullptr)) {}
    Arc& operator=(Arc&& other) noexcept {
        Arc(std::move(other)).swap(*this);
        return *this;
    }
    Arc(Arc const&) = delete;  // a copy is a decision: write clone()
    Arc& operator=(Arc const&) = delete;
    ~Arc() {
        if (inner_ != nullptr && inner_->counts.strong.remove()) {
            inner_->destroy_value();
        }
    }

    /// One more owner of the same value.
    [[nodiscard]] Arc clone() const {
        inner().counts.strong.add();
        return Arc(inner_);
    }

    /// Read-only, for others read it at the same time; to write, put a Mutex inside.
    [[nodiscard]] T const& operator*() const { return inner().value; }
    [[nodiscard]] T const* operator->() const { return std::addressof(inner().value); }
    [[nodiscard]] T const* as_ptr() const { return std::addressof(inner().value); }

    /// A reference that does not keep the value alive.
    [[nodiscard]] Weak<T> downgrade() const {
        inner().counts.add_weak();
        return Weak<T>(inner_);
    }

    /// How many Arcs, and how many Weaks, there are; out of date at once if others hold some.
    [[nodiscard]] std::size_t strong_count() const { return inner().counts.strong.get(); }
    [[nodiscard]] std::size_t weak_count() const { return inner().counts.weak_count(); }

    /// The value for writing, if this is the only reference of either kind; else null.
    [[nodiscard]] T* get_mut() {
        return inner().counts.is_unique() ? std::addressof(inner_->value) : nullptr;
    }

    /// The value for writing; a copy of it, made now, if other Arcs hold it too (clone on write).
    /// Weak references alone do not make it copy: the value moves away from them.
    [[nodiscard]] T& make_mut()
        requires std::copy_constructible<T>
    {
        if (get_mut() == nullptr) {
            Weak<T> memory = allocate();  // may throw: now, when nothing is changed yet
            if (inner().counts.strong.remove_if_one()) {
                *this = build(std::move(memory), [&]() -> T { return take_value(); });
            } else {
                *this = build(std::move(memory),
                              [&]() -> T { return T(std::as_const(inner().value)); });
            }
        }
        return inner().value;
    }

    /// Ends this Arc and yields the value if it was the only Arc; else gives the Arc back.
    [[nodiscard]] Result<T, Arc> try_unwrap() && {
        if (!inner().counts.strong.remove_if_one()) {
            return Err(std::move(*this));
        }
        return Ok(take_value());
    }
    /// Ends this Arc; yields the value if it was the last one. Of several threads that call this
    /// on their Arcs, exactly one gets the value.
    [[nodiscard]] std::optional<T> into_inner() && {
        if (!inner().counts.strong.remove()) {
            inner_ = nullptr;
            return std::nullopt;
        }
        return take_value();
    }
    /// The value if this was the only Arc, else a copy of it.
    [[nodiscard]] T unwrap_or_clone() &&
        requires std::copy_constructible<T>
    {
        return std::move(*this).try_unwrap().unwrap_or_else([](Arc shared) { return T(*shared); });
    }

    /// The very same value, not merely an equal one?
    [[nodiscard]] bool ptr_eq(Arc const& other) const noexcept { return inner_ == other.inner_; }

    /// Equal values, as in Rust.
    friend bool operator==(Arc const& left, Arc const& right)
        requires std::equality_comparable<T>
    {
        return *left == *right;
    }

    /// A value that holds a Weak to itself: `fn(Weak<T> const&, args...)` returns the value, and
    /// the Weak cannot be upgraded before that.
    template <class Fn, class... Args>
    [[nodiscard]] static Arc new_cyclic(Fn&& fn, Args&&... args) {
        Weak<T> self = allocate();
        Weak<T> const& seen = self;
        return build(std::move(self), [&]() -> T {
            return detail::call(std::forward<Fn>(fn), seen, std::forward<Args>(args)...);
        });
    }

    void swap(Arc& other) noexcept { std::swap(inner_, other.inner_); }

private:
    friend class Weak<T>;
    template <class U, class... Args>
    friend auto make_arc(Args&&... args);
    template <class U, class Element>
    friend Arc<U> make_arc(std::initializer_list<Element> elements);

    explicit Arc(detail::ArcInner<T>* inner) noexcept : inner_(inner) {}

    template <class... Args>
    static Arc make(Args&&... args) {
        return build(allocate(), [&]() -> T { return T(std::forward<Args>(args)...); });
    }

    /// Memory for a value: a Weak gives it back if the value is never built.
    static Weak<T> allocate() { return Weak<T>(new detail::ArcInner<T>); }

    /// Builds the value there. Until it is complete, the Weak can be cloned but not upgraded.
    template <class Make>
    static Arc build(Weak<T>&& memory, Make make) {
        memory.inner_->construct(make);
        memory.inner_->counts.strong.restore();
        return Arc(std::exchange(memory.inner_, nullptr));  // the weak reference all Arcs share
    }

    /// The value of an Arc whose strong count is down to none.
    T take_value() {
        struct Destroy {
            detail::ArcInner<T>* inner;
            ~Destroy() { inner->destroy_value(); }
        } const destroy{std::exchange(inner_, nullptr)};
        return std::move(destroy.inner->value);
    }

    detail::ArcInner<T>& inner() const {
        if (inner_ == nullptr) [[unlikely]] {
            detail::raise("this Arc was moved from: it owns nothing any more");
        }
        return *inner_;
    }

    detail::ArcInner<T>* inner_;  // null once moved from
};

/// A reference to an Arc's value that does not keep it alive: what breaks a cycle of owners.
///
/// Rust: std::sync::Weak<T>
/// C++:  std::weak_ptr<T const>
///
///     if (auto parent = child.parent.upgrade()) { (*parent)->visit(); }
template <class T>
class Weak {
public:
    using tandem_send = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;
    using tandem_sync = detail::Needs<detail::SendOf<T>, detail::SyncOf<T>>;

    /// A Weak to nothing; allocates nothing, and upgrades to nothing.
    constexpr Weak() noexcept = default;
    Weak(Weak&& other) noexcept : inner_(std::exchange(other.inner_, nullptr)) {}
    Weak& operator=(Weak&& other) noexcept {
        Weak(std::move(other)).swap(*this);
        return *this;
    }
    Weak(Weak const&) = delete;  // a copy is a decision: write clone()
    Weak& operator=(Weak const&) = delete;
    ~Weak() {
        if (inner_ != nullptr) {
            inner_->release_weak();
        }
    }

    [[nodiscard]] Weak clone() const noexcept {
        if (inner_ != nullptr) {
            inner_->counts.copy_weak();
        }
        return Weak(inner_);
    }

    /// An owner, if the value is still alive.
    [[nodiscard]] std::optional<Arc<T>> upgrade() const noexcept {
        if (inner_ == nullptr || !inner_->counts.strong.add_unless_none()) {
            return std::nullopt;
        }
        return Arc<T>(inner_);
    }

    /// How many Arcs there are, and how many Weaks: 0 once the value is gone.
    [[nodiscard]] std::size_t strong_count() const noexcept {
        return inner_ == nullptr ? 0 : inner_->counts.strong.get();
    }
    [[nodiscard]] std::size_t weak_count() const noexcept {
        return strong_count() == 0 ? 0 : inner_->counts.weak_count();
    }

    [[nodiscard]] bool ptr_eq(Weak const& other) const noexcept { return inner_ == other.inner_; }

    void swap(Weak& other) noexcept { std::swap(inner_, other.inner_); }

private:
    friend class Arc<T>;

    explicit Weak(detail::ArcInner<T>* inner) noexcept : inner_(inner) {}

    detail::ArcInner<T>* inner_ = nullptr;
};

/// Puts a value under shared ownership: `make_arc<T>(args...)` builds a `T(args...)` in place,
/// `make_arc(value)` takes the type from the value.
///
/// Rust: Arc::new(value)
/// C++:  std::make_shared<T const>(args...)
template <class T = void, class... Args>
[[nodiscard]] auto make_arc(Args&&... args) {
    if constexpr (std::is_void_v<T>) {
        static_assert(sizeof...(Args) == 1,
                      "make_arc(value) takes one value; to build a T from "
                      "several arguments write make_arc<T>(args...)");
        return Arc<std::decay_t<Args>...>::make(std::forward<Args>(args)...);
    } else {
        return Arc<T>::make(std::forward<Args>(args)...);
    }
}

/// `make_arc<std::vector<int>>({1, 2, 3})`: a braced list has no type of its own to deduce.
template <class T, class Element>
[[nodiscard]] Arc<T> make_arc(std::initializer_list<Element> elements) {
    return Arc<T>::make(elements);
}

}  // namespace tandem::sync
