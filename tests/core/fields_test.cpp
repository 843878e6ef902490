#include "tandem/core/detail/fields.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

// Which classes can be looked into, and what is seen there. All of it is for the compiler.

namespace {

using tandem::detail::FieldList;
using tandem::detail::fields_of;
using tandem::detail::ReadableFields;

template <ReadableFields T>
using FieldsOf = decltype(fields_of(std::declval<T const&>()));

template <class T, class... Fields>
concept HasFields = std::is_same_v<FieldsOf<T>, FieldList<Fields...>>;

// --- what is seen ---

struct Nothing {};
struct One {
    std::string text;
};
struct Three {
    int number;
    std::unique_ptr<int> owner;
    std::vector<Three> more;
};
struct Inner {
    int a;
    int b;
};
struct WithInner {
    Inner first;
    std::array<int, 3> numbers;  // no C array: it counts as one field
    Inner last;
};
struct WithDefaults {
    int number = 7;
    std::string text = "seven";
};
struct WithBits {
    unsigned low : 3;
    unsigned high : 5;
};
struct WithMutable {
    int written;
    mutable int cache;
};
struct WithConst {
    int const number;
};
struct Unmovable {
    explicit Unmovable(int n) : number(n) {}
    Unmovable(Unmovable const&) = delete;
    Unmovable& operator=(Unmovable const&) = delete;
    int number;
};
struct WithUnmovable {
    Unmovable it;
    int number;
};
struct WithOptional {  // what converts from anything
    std::optional<std::string> text;
    std::optional<std::optional<int>> twice;
};
struct WithMethod {
    int number;
    [[nodiscard]] int twice() const { return factor * number; }
    static constexpr int factor = 2;
};

static_assert(HasFields<Nothing>);
static_assert(HasFields<One, std::string const>);
static_assert(HasFields<Three, int const, std::unique_ptr<int> const, std::vector<Three> const>);
static_assert(HasFields<WithInner, Inner const, std::array<int, 3> const, Inner const>);
static_assert(HasFields<WithDefaults, int const, std::string const>);
static_assert(HasFields<WithBits, unsigned const, unsigned const>);
static_assert(HasFields<WithMutable, int const, int>);  // what is mutable is not const
static_assert(HasFields<WithConst, int const>);
static_assert(HasFields<WithUnmovable, Unmovable const, int const>);
static_assert(HasFields<WithOptional, std::optional<std::string> const,
                        std::optional<std::optional<int>> const>);
static_assert(HasFields<WithMethod, int const>);

// --- what cannot be looked into ---

struct Base {
    int number;
};
struct Derived : Base {
    int other;
};
struct OnlyDerived : Base {};
struct WithReference {
    int& number;
};
struct ArrayFirst {
    char name[8];
    int number;
};
struct ArrayLast {
    int number;
    char name[8];
};
struct ArrayOfOne {
    int numbers[1];
    int number;
};
struct ArrayBetween {
    std::string text;
    Inner inners[2];
    std::string more;
};
class Private {
public:
    Private() = default;
    [[nodiscard]] int number() const { return number_; }

private:
    int number_ = 0;
};
union Overlay {
    int number;
    float fraction;
};

static_assert(!ReadableFields<int>);
static_assert(!ReadableFields<int[2]>);
static_assert(!ReadableFields<Overlay>);
static_assert(!ReadableFields<Private>);
static_assert(!ReadableFields<WithReference>);
static_assert(!ReadableFields<Derived>);
static_assert(!ReadableFields<OnlyDerived>);
static_assert(!ReadableFields<ArrayFirst>);
static_assert(!ReadableFields<ArrayLast>);
static_assert(!ReadableFields<ArrayBetween>);

// An array of one element takes one initialiser, as any field does: it is seen as what it is.
static_assert(!ReadableFields<ArrayOfOne> || HasFields<ArrayOfOne, int const[1], int const>);

// --- how many ---

template <std::size_t N>
struct Ints;
template <>
struct Ints<15> {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o;
};
template <>
struct Ints<16> {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
template <>
struct Ints<17> {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};

static_assert(tandem::detail::count_fields<Ints<15>>() == 15);
static_assert(tandem::detail::count_fields<Ints<16>>() == 16);
static_assert(ReadableFields<Ints<16>>);
static_assert(!ReadableFields<Ints<17>>);

TEST_CASE("Fields: looking at them touches nothing", "[core][fields]") {
    // What AnyField converts to is never made: nothing here runs, and this compiles.
    STATIC_REQUIRE(HasFields<WithMethod, int const>);
    CHECK(WithMethod{21}.twice() == 42);
}

}  // namespace
