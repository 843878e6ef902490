#include "tandem/core/send.hpp"

#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <complex>
#include <deque>
#include <exception>
#include <expected>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <source_location>
#include <span>
#include <stack>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "support/catch.hpp"
#include "tandem/core/result.hpp"
#include "tandem/core/static_str.hpp"
#include "tandem/core/unit.hpp"

// Every rule in both directions. They are checked by the compiler; one case at the end is run.

namespace {

using tandem::Result;
using tandem::Send;
using tandem::StaticStr;
using tandem::Sync;
using tandem::Unit;
using tandem::unsafe_send;
using tandem::UnsafeSend;

template <class T>
concept Both = Send<T> && Sync<T>;
template <class T>
concept Neither = !Send<T> && !Sync<T>;
template <class T>
concept SendOnly = Send<T> && !Sync<T>;
template <class T>
concept SyncOnly = !Send<T> && Sync<T>;

// --- the language's own types ---

enum class Colour { red };
enum Plain { zero };
struct Any;  // a class that is never defined may still be pointed to

static_assert(Both<int> && Both<bool> && Both<char> && Both<double> && Both<long long>);
static_assert(Both<Colour> && Both<Plain> && Both<std::byte>);
static_assert(Both<void> && Both<std::nullptr_t>);
static_assert(Both<decltype(std::terminate)*> && Both<decltype(std::terminate)> &&
              Both<int (*)(int)> && Both<int std::string::*>);
static_assert(Both<int const> && Both<int volatile>);

static_assert(Neither<int&> && Neither<int const&> && Neither<int&&>);
static_assert(Neither<int*> && Neither<int const*> && Neither<char const*> && Neither<void*>);
static_assert(Neither<Any*>);
static_assert(Neither<int[3]>);
union Overlay {
    int i;
    float f;
};
static_assert(Neither<Overlay>);

// --- lambdas ---

constexpr auto captures_nothing = [](int n) { return n; };
[[maybe_unused]] auto const captures_a_value = [n = 1] { return n; };
[[maybe_unused]] auto const captures_a_reference = [&text = captures_nothing] { return &text; };

static_assert(Both<decltype(captures_nothing)>);
static_assert(Neither<decltype(captures_a_value)>);
static_assert(Neither<decltype(captures_a_reference)>);

// --- std's values ---

static_assert(Both<std::string> && Both<std::wstring> && Both<std::u8string>);
static_assert(Both<std::chrono::milliseconds> && Both<std::chrono::steady_clock::time_point>);
static_assert(Both<std::chrono::year_month_day>);
static_assert(Both<std::filesystem::path> && Both<std::error_code> && Both<std::error_condition>);
static_assert(Both<std::exception_ptr> && Both<std::runtime_error> && Both<std::system_error>);
static_assert(Both<std::filesystem::filesystem_error>);
static_assert(Both<std::monostate> && Both<Unit> && Both<std::source_location>);
static_assert(Both<std::complex<double>> && Both<std::bitset<8>> && Both<std::strong_ordering>);
static_assert(Both<std::mt19937> && Both<std::less<>> && Both<std::hash<int>>);
static_assert(Both<std::thread> && Both<std::thread::id>);
static_assert(Both<std::atomic<int>> && Both<std::atomic_flag>);

// --- std's owners: as good as what is in them ---

static_assert(Both<std::vector<int>> && Neither<std::vector<int*>>);
static_assert(Both<std::vector<bool>>);
static_assert(Both<std::deque<int>> && Neither<std::deque<int*>>);
static_assert(Both<std::list<int>> && Neither<std::list<int*>>);
static_assert(Both<std::forward_list<int>> && Neither<std::forward_list<int*>>);
static_assert(Both<std::set<std::string>> && Neither<std::set<char const*>>);
static_assert(Both<std::unordered_set<int>> && Neither<std::unordered_set<int*>>);
static_assert(Both<std::map<int, std::string>>);
static_assert(Neither<std::map<int, int*>> && Neither<std::map<int*, int>>);
static_assert(Both<std::unordered_map<std::string, std::vector<int>>>);
static_assert(!Send<std::unordered_map<std::string, std::string_view>>);
static_assert(Both<std::array<int, 3>> && Neither<std::array<int*, 3>>);
static_assert(Both<std::array<int, 0>>);
static_assert(Both<std::queue<int>> && Neither<std::queue<int*>>);
static_assert(Both<std::stack<int>> && Both<std::priority_queue<int>>);
static_assert(Both<std::pair<int, std::string>> && Neither<std::pair<int, int*>>);
static_assert(Both<std::tuple<>> && Both<std::tuple<int, double>>);
static_assert(Neither<std::tuple<int, int&>>);
static_assert(Both<std::optional<int>> && Neither<std::optional<int*>>);
static_assert(Both<std::variant<int, std::string>> && Neither<std::variant<int, int*>>);
static_assert(Both<std::expected<int, std::string>> && Neither<std::expected<int*, int>>);
static_assert(Both<Result<int, std::string>> && Neither<Result<int, int*>>);
static_assert(Both<Result<void, int>> && !Send<Result<int&, int>>);
static_assert(Both<std::unique_ptr<int>> && Both<std::unique_ptr<int[]>>);
static_assert(Neither<std::unique_ptr<int*>>);
static_assert(Send<std::promise<int>> && Send<std::future<int>> && !Send<std::future<int*>>);

// A deleter, comparison or hash that carries something counts as well.
struct PointingDeleter {
    int* calls;
    void operator()(int* p) const { delete p; }
};
struct PointingLess {
    int* calls;
    bool operator()(int a, int b) const { return a < b; }
};
static_assert(Neither<std::unique_ptr<int, PointingDeleter>>);
static_assert(Neither<std::set<int, PointingLess>>);
static_assert(Neither<std::pmr::vector<int>>);  // its memory resource may be shared

// --- std's borrowers and sharers ---

static_assert(SyncOnly<std::string_view>);
static_assert(SyncOnly<std::span<int const>> && SyncOnly<std::span<int>>);
static_assert(Neither<std::span<int* const>>);
static_assert(Neither<std::reference_wrapper<int>> && Neither<std::reference_wrapper<int const>>);
static_assert(Neither<std::shared_ptr<int>> && Neither<std::weak_ptr<int>>);
static_assert(Both<std::shared_ptr<int const>> && Both<std::weak_ptr<int const>>);
static_assert(Neither<std::shared_ptr<int* const>>);
static_assert(Neither<std::vector<int>::iterator>);
static_assert(Neither<std::function<void()>> && Neither<std::any>);
static_assert(Neither<std::unique_lock<std::mutex>> && Neither<std::lock_guard<std::mutex>>);
static_assert(Both<StaticStr>);

// --- aggregates: as good as their fields ---

struct Empty {};
struct Point {
    int x;
    int y;
};
struct Named {
    std::string name;
    std::vector<Point> points;
    std::optional<Named*> none;
};
struct Tree {  // contains itself
    int value;
    std::vector<Tree> children;
};
struct PointingTree {
    int* value;
    std::vector<PointingTree> children;
};
struct Ping;
struct Pong {  // two that contain each other
    std::vector<Ping> pings;
};
struct Ping {
    std::unique_ptr<Pong> pong;
};
struct Borrower {
    std::string_view text;
};
struct WithMutable {
    int n;
    mutable int cache;
};
struct WithReference {
    int& n;
};
struct WithArray {
    int n;
    int elements[2];
};
struct Derived : Point {
    int z;
};
struct MoveOnly {
    std::unique_ptr<int> owner;
};
struct Sixteen {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;
};
struct SixteenWithPointer {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o;
    int* p;
};
struct Seventeen {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q;
};

static_assert(Both<Empty> && Both<Point> && Both<Point const> && Both<MoveOnly>);
static_assert(Neither<Named>);
static_assert(Both<Tree> && Neither<PointingTree>);
static_assert(Both<Ping> && Both<Pong>);
static_assert(SyncOnly<Borrower>);
static_assert(SendOnly<WithMutable>);
static_assert(Neither<WithReference>);
static_assert(Neither<WithArray> && Neither<Derived>);
static_assert(Both<Sixteen> && Neither<SixteenWithPointer> && Neither<Seventeen>);

// --- classes that say something, or nothing ---

class SaysNothing {
public:
    explicit SaysNothing(int n) : n_(n) {}
    [[nodiscard]] int n() const { return n_; }

private:
    int n_;
};
class SaysBothInside {
public:
    using tandem_send = void;
    using tandem_sync = void;
    explicit SaysBothInside(int* p) : p_(p) {}
    [[nodiscard]] int* p() const { return p_; }

private:
    int* p_;
};
class SaysSendInside {
public:
    using tandem_send = void;
    explicit SaysSendInside(int* p) : p_(p) {}
    [[nodiscard]] int* p() const { return p_; }

private:
    int* p_;
};
struct OptsOut {
    int n;
};

static_assert(Neither<SaysNothing>);
static_assert(Both<SaysBothInside> && Both<std::vector<SaysBothInside>>);
static_assert(SendOnly<SaysSendInside> && SendOnly<std::vector<SaysSendInside>>);

}  // namespace

class Account {
public:
    explicit Account(int* balance) : balance_(balance) {}
    [[nodiscard]] int* balance() const { return balance_; }

private:
    int* balance_;
};
template <>
inline constexpr bool tandem::is_send<Account> = true;
template <>
inline constexpr bool tandem::is_sync<Account> = true;
template <>
inline constexpr bool tandem::is_send<OptsOut> = false;

namespace {

static_assert(Both<Account> && Both<Account const> && Both<std::vector<Account>>);
struct HoldsAccount {
    Account account;
    int n;
};
static_assert(Both<HoldsAccount>);
static_assert(SyncOnly<OptsOut> && SyncOnly<std::vector<OptsOut>>);

// --- the named way round ---

static_assert(Send<UnsafeSend<int*>> && !Send<int*>);

TEST_CASE("unsafe_send: wraps a copy, or takes what is given away", "[core][send]") {
    int n = 1;
    auto const pointer = unsafe_send(&n);
    auto const owner = unsafe_send(std::make_unique<int>(2));

    static_assert(std::is_same_v<decltype(pointer), UnsafeSend<int*> const>);
    CHECK(pointer.value == &n);
    CHECK(*owner.value == 2);
}

}  // namespace
