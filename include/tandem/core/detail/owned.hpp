#pragma once

#include <utility>

namespace tandem::detail {

/// Owns one object on the heap, or none.
///
/// Rust: Option<Box<T>>
/// C++:  std::unique_ptr<T>, which takes the compiler some 5 ms for each T
template <class T>
class Owned {
public:
    Owned() noexcept = default;
    explicit Owned(T* object) noexcept : object_(object) {}
    Owned(Owned&& other) noexcept : object_(other.release()) {}
    Owned& operator=(Owned&& other) noexcept {
        Owned last(std::move(other));
        std::swap(object_, last.object_);
        return *this;
    }
    ~Owned() { delete object_; }

    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    /// The caller is the owner now.
    [[nodiscard]] T* release() noexcept {
        T* const object = object_;
        object_ = nullptr;
        return object;
    }
    void reset() noexcept { delete release(); }

private:
    T* object_ = nullptr;
};

}  // namespace tandem::detail
