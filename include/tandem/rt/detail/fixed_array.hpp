#pragma once

#include <cstddef>

namespace tandem::rt::detail {

/// So many elements, for good: they stay where they are, and need be neither copied nor moved.
///
/// C++: std::unique_ptr<T[]>, which takes the compiler some 5 ms for each T
template <class T>
class FixedArray {
public:
    explicit FixedArray(std::size_t size) : first_(new T[size]{}) {}
    FixedArray(FixedArray const&) = delete;
    FixedArray& operator=(FixedArray const&) = delete;
    ~FixedArray() { delete[] first_; }

    [[nodiscard]] T& operator[](std::size_t index) const noexcept { return first_[index]; }

private:
    T* first_;
};

}  // namespace tandem::rt::detail
