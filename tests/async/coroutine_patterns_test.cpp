// What may stand around a co_await: each pattern is run to its end, and dropped at each of its
// suspensions, while every object in it is counted. Some are compiled wrongly by g++ 12, whatever
// the coroutine library; they are listed with a mark, and the test says when a compiler mends one.
// Each runs in a child process, for a wrong one may crash.

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "tandem/async/task.hpp"
#include "tandem/async/yield_now.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#define IS_GCC (__GNUC__)
#else
#define IS_GCC 0
#endif

namespace {

using tandem::async::Context;
using tandem::async::Poll;
using tandem::async::Task;
using tandem::async::Waker;
using tandem::async::yield_now;
using tandem::testing::Ended;
using tandem::testing::run_in_child;

// ---- Objects that know whether they live ------------------------------------------------------

enum Fault : int { built_twice = 1, destroyed_twice = 2, leaked = 4, wrong_result = 8 };

std::set<void const*> alive;
int faults = 0;

class Tracked {
public:
    explicit Tracked(int n) : number(n) { enter(); }
    Tracked(Tracked const& other) : number(other.number), text_(other.text_) { enter(); }
    Tracked(Tracked&& other) noexcept : number(other.number), text_(std::move(other.text_)) {
        enter();
    }
    Tracked& operator=(Tracked const&) = default;
    Tracked& operator=(Tracked&&) = default;
    ~Tracked() {
        if (alive.erase(this) == 0) {
            faults |= destroyed_twice;
        }
    }

    int number;

private:
    void enter() {
        if (!alive.insert(this).second) {
            faults |= built_twice;
        }
    }

    std::string text_ = "long enough to be kept on the heap";
};

struct Aggregate {
    Tracked tracked;
    std::string text;
};

class WithConstructor {
public:
    WithConstructor(Tracked given, std::string words)
        : tracked(std::move(given)), text(std::move(words)) {}

    Tracked tracked;
    std::string text;
};

struct Options {
    std::string name;
    std::function<int()> fn = {};
    int extra = 0;
    Tracked tracked = Tracked(0);
};

template <class Fn>
class Wrapped {
public:
    explicit Wrapped(Fn fn) : fn_(std::move(fn)) {}
    int operator()() { return fn_(); }

private:
    Fn fn_;
};

/// A future that holds a function, which a constructor gave it.
class CallLater {
public:
    using Output = int;

    explicit CallLater(std::function<int()> fn) : fn_(std::move(fn)) {}

    Poll<int> poll(Context&) {
        return std::exchange(begun_, true) ? Poll<int>::ready(fn_()) : Poll<int>::pending();
    }

private:
    std::function<int()> fn_;
    bool begun_ = false;
};

constexpr char const* words = "words that are kept on the heap, too";

// ---- Tasks to await ---------------------------------------------------------------------------

Task<int> number(int n) {
    co_await yield_now();
    co_return n;
}
Task<bool> truth(bool value) {
    co_await yield_now();
    co_return value;
}
Task<bool> counted(int& times) {
    ++times;
    co_return true;
}
bool same(bool value) { return value; }
Task<Tracked> tracked(int n) {
    co_await yield_now();
    co_return Tracked(n);
}
Task<std::pair<Tracked, Tracked>> pair_of(int a, int b) {
    co_await yield_now();
    co_return std::pair<Tracked, Tracked>(Tracked(a), Tracked(b));
}
Task<std::tuple<Tracked, Tracked>> tuple_of(int a, int b) {
    co_await yield_now();
    co_return std::tuple<Tracked, Tracked>(Tracked(a), Tracked(b));
}
Task<std::vector<Tracked>> vector_of(int a, int b) {
    co_await yield_now();
    std::vector<Tracked> result;
    result.emplace_back(a);
    result.emplace_back(b);
    co_return result;
}
Task<std::optional<Tracked>> below_three(int n) {
    co_await yield_now();
    if (n < 3) {
        co_return Tracked(n);
    }
    co_return std::nullopt;
}
Task<int> by_value(Tracked given) {
    co_await yield_now();
    co_return given.number;
}
Task<int> by_value_unused(Tracked) {
    co_await yield_now();
    co_return 1;
}
Task<int> by_reference(Tracked const& given) {
    co_await yield_now();
    co_return given.number;
}
Task<int> by_rvalue(Tracked&& given) {
    co_await yield_now();
    co_return given.number;
}
Task<int> throwing(Tracked given) {
    co_await yield_now();
    throw std::runtime_error(std::to_string(given.number));
}
template <class Holder>
Task<int> number_in(Holder holder) {
    co_await yield_now();
    co_return holder.tracked.number;
}
template <class Holder>
Task<int> number_in_reference(Holder const& holder) {
    co_await yield_now();
    co_return holder.tracked.number;
}
template <class Fn>
Task<int> call(Fn fn) {
    co_await yield_now();
    co_return fn();
}
template <class Fn>
Task<int> call_forwarded(Fn&& fn) {
    return call<std::decay_t<Fn>>(std::forward<Fn>(fn));
}
template <class Fn>
Task<int> call_copied(Fn const& fn) {
    return call<Fn>(fn);
}
Task<int> call_std_function(std::function<int()> fn) {
    co_await yield_now();
    co_return fn();
}
template <class Fn>
Task<int> await_call(Fn fn) {
    co_return co_await fn();
}
Task<int> with_options(Options options) {
    co_await yield_now();
    co_return options.fn ? options.fn() : options.extra;
}
Task<int> first_of(std::pair<Tracked, Tracked> pair) {
    co_await yield_now();
    co_return pair.first.number;
}
Task<int> number_or_zero(std::optional<Tracked> maybe) {
    co_await yield_now();
    co_return maybe ? maybe->number : 0;
}
Task<int> number_behind(std::shared_ptr<Tracked> pointer) {
    co_await yield_now();
    co_return pointer->number;
}
Task<int> number_owned(std::unique_ptr<Tracked> pointer) {
    co_await yield_now();
    co_return pointer->number;
}
Task<int> length(std::string text) {
    co_await yield_now();
    co_return static_cast<int>(text.size());
}

// ---- The patterns -----------------------------------------------------------------------------

struct Pattern {
    char const* name;
    int result;
    Task<int> (*run)();
    bool wrong_in_gcc_12 = false;
};

constexpr bool wrong = true;  // in g++ 12

Pattern const patterns[] = {
    {"a local", 1,
     []() -> Task<int> {
         Tracked const local(1);
         co_await yield_now();
         co_return local.number;
     }},
    {"a temporary for a value parameter", 3,
     []() -> Task<int> { co_return co_await by_value(Tracked(3)); }},
    {"a temporary for a parameter without a name", 1,
     []() -> Task<int> { co_return co_await by_value_unused(Tracked(3)); }},
    {"a temporary for a reference parameter", 3,
     []() -> Task<int> { co_return co_await by_reference(Tracked(3)); }},
    {"a moved local for an rvalue parameter", 2,
     []() -> Task<int> {
         Tracked local(2);
         co_return co_await by_rvalue(std::move(local));
     }},
    {"an aggregate temporary", 3,
     []() -> Task<int> { co_return co_await number_in(Aggregate{Tracked(3), words}); }, wrong},
    {"an aggregate temporary, in braces only", 3,
     []() -> Task<int> { co_return co_await number_in<Aggregate>({Tracked(3), words}); }, wrong},
    {"an aggregate temporary, in parentheses", 3,
     []() -> Task<int> { co_return co_await number_in(Aggregate(Tracked(3), words)); }, wrong},
    {"an aggregate temporary for a reference parameter", 3,
     []() -> Task<int> { co_return co_await number_in_reference(Aggregate{Tracked(3), words}); },
     wrong},
    {"a moved local aggregate", 3,
     []() -> Task<int> {
         Aggregate local{Tracked(3), words};
         co_return co_await number_in(std::move(local));
     }},
    {"a temporary with a constructor", 3,
     []() -> Task<int> { co_return co_await number_in(WithConstructor(Tracked(3), words)); }},
    {"options with default member initialisers", 0,
     []() -> Task<int> { co_return co_await with_options(Options{.name = words}); }, wrong},
    {"options in braces only, with a function", 2,
     []() -> Task<int> {
         co_return co_await with_options({words, [t = Tracked(2)] { return t.number; }, 3});
     },
     wrong},
    {"options in a local", 3,
     []() -> Task<int> {
         Options options{.name = words, .extra = 3};
         co_return co_await with_options(std::move(options));
     }},
    {"a temporary lambda that captures", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call([t] { return t.number; });
     },
     wrong},
    {"a temporary lambda that captures by move", 4,
     []() -> Task<int> {
         Tracked t(4);
         co_return co_await call([t = std::move(t)] { return t.number; });
     },
     wrong},
    {"a temporary lambda that is forwarded", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call_forwarded([t] { return t.number; });
     },
     wrong},
    {"a temporary lambda that is copied", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call_copied([t] { return t.number; });
     },
     wrong},
    {"a temporary lambda as a std::function", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call_std_function([t] { return t.number; });
     },
     wrong},
    {"a temporary lambda in a wrapper", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call(Wrapped([t] { return t.number; }));
     },
     wrong},
    {"a temporary lambda in a future", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await CallLater([t] { return t.number; });
     },
     wrong},
    {"a temporary lambda, awaited for nothing", 1,
     []() -> Task<int> {
         Tracked const t(4);
         co_await call([t] { return t.number; });
         co_return 1;
     },
     wrong},
    {"a temporary lambda that captures a number", 4,
     []() -> Task<int> {
         int n = co_await number(4);
         co_return co_await call([n] { return n; });
     }},
    {"a temporary lambda that captures by reference", 4,
     []() -> Task<int> {
         Tracked const t(4);
         co_return co_await call([&t] { return t.number; });
     }},
    {"a named lambda, moved", 4,
     []() -> Task<int> {
         Tracked const t(4);
         auto fn = [t] { return t.number; };
         co_return co_await call(std::move(fn));
     }},
    {"a named lambda, copied", 4,
     []() -> Task<int> {
         Tracked const t(4);
         auto const fn = [t] { return t.number; };
         co_return co_await call(fn);
     }},
    {"a named task of a temporary lambda", 4,
     []() -> Task<int> {
         Tracked const t(4);
         auto task = call([t] { return t.number; });
         co_return co_await std::move(task);
     }},
    {"a lambda that is a coroutine, called at once", 2,
     []() -> Task<int> {
         Tracked const t(2);
         co_return co_await [](Tracked given) -> Task<int> {
             co_await yield_now();
             co_return given.number;
         }(t);
     }},
    {"a lambda that is a coroutine and captures, called at once", 3,
     []() -> Task<int> {
         Tracked const t(3);
         co_return co_await [t]() -> Task<int> {
             co_await yield_now();
             co_return t.number;
         }();
     },
     wrong},
    {"a lambda that is a coroutine and captures, as an argument", 3,
     []() -> Task<int> {
         Tracked const t(3);
         co_return co_await await_call([t]() -> Task<int> {
             co_await yield_now();
             co_return t.number;
         });
     },
     wrong},
    {"awaits in an expression", 3,
     []() -> Task<int> { co_return (co_await tracked(1)).number + (co_await tracked(2)).number; }},
    {"an await between temporaries", 48,
     []() -> Task<int> {
         std::string const text = std::string("more than a few words ") + words +
                                  std::to_string((co_await tracked(55)).number) + std::string("");
         co_return static_cast<int>(text.size()) - 12;
     }},
    {"an await behind a comma", 3,
     []() -> Task<int> {
         int const result = (static_cast<void>(Tracked(1)), co_await number(3));
         co_return result;
     }},
    {"awaits in ||", 1,
     []() -> Task<int> {
         if (co_await truth(false) || (co_await tracked(5)).number == 5) {
             co_return 1;
         }
         co_return 0;
     }},
    {"an await behind && in if, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         if (ran == 1 && co_await counted(ran)) {
             ran += 10;
         }
         co_return ran;
     }},
    {"an await behind && in an initialiser, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         bool const both = ran == 1 && co_await counted(ran);
         co_return ran + (both ? 10 : 0);
     }},
    {"an await behind && in while, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         while (ran == 1 && co_await counted(ran)) {
             ran += 10;
         }
         co_return ran;
     },
     wrong},
    {"an await behind || in while, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         while (!(ran == 0 || co_await counted(ran))) {
             ran += 10;
         }
         co_return ran;
     },
     wrong},
    {"an await behind && in do and while, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         do {
             co_await yield_now();
         } while (ran == 1 && co_await counted(ran));
         co_return ran;
     },
     wrong},
    {"an await behind && in for, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         for (; ran == 1 && co_await counted(ran);) {
             ran += 10;
         }
         co_return ran;
     },
     wrong},
    {"an await behind && in an argument, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         bool const both = same(ran == 1 && co_await counted(ran));
         co_return ran + (both ? 10 : 0);
     },
     wrong},
    {"an await behind && in switch, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         switch (static_cast<int>(ran == 1 && co_await counted(ran))) {
             case 0: co_return ran;
             default: co_return 10;
         }
     },
     wrong},
    {"an await behind ?: in while, where it is not reached", 0,
     []() -> Task<int> {
         int ran = 0;
         while (ran == 1 ? co_await counted(ran) : false) {
             ran += 10;
         }
         co_return ran;
     },
     wrong},
    {"an await in ?: of numbers", 1,
     []() -> Task<int> {
         bool const choice = (co_await number(1)) == 1;
         int const result = choice ? co_await number(1) : 3;
         co_return result;
     }},
    {"an await in ?: of objects", 5,
     []() -> Task<int> {
         bool const choice = (co_await number(1)) == 1;
         Tracked const result = choice ? co_await tracked(5) : Tracked(9);
         co_await yield_now();
         co_return result.number;
     },
     wrong},
    {"an await in if and else", 2,
     []() -> Task<int> {
         std::optional<Tracked> result;
         if (co_await truth(true)) {
             result = co_await tracked(2);
         } else {
             result = Tracked(9);
         }
         co_return result->number;
     }},
    {"an await in a range-for", 3,
     []() -> Task<int> {
         int sum = 0;
         for (Tracked const& each : co_await vector_of(1, 2)) {
             co_await yield_now();
             sum += each.number;
         }
         co_return sum;
     }},
    {"an await in a structured binding of a pair", 3,
     []() -> Task<int> {
         auto const [a, b] = co_await pair_of(1, 2);
         co_await yield_now();
         co_return a.number + b.number;
     }},
    {"an await in a structured binding of a tuple", 3,
     []() -> Task<int> {
         auto const [a, b] = co_await tuple_of(1, 2);
         co_await yield_now();
         co_return a.number + b.number;
     }},
    {"an await in while's declaration", 3,
     []() -> Task<int> {
         int n = 0;
         while (auto const next = co_await below_three(n)) {
             ++n;
             co_await yield_now();
         }
         co_return n;
     }},
    {"an await in if's declaration", 1,
     []() -> Task<int> {
         if (auto const maybe = co_await below_three(1); maybe) {
             co_await yield_now();
             co_return maybe->number;
         }
         co_return 0;
     }},
    {"an await in switch", 3,
     []() -> Task<int> {
         switch (co_await number(2)) {
             case 2: {
                 Tracked const t(3);
                 co_await yield_now();
                 co_return t.number;
             }
             default: co_return 0;
         }
     }},
    {"an exception from an await, caught", 42,
     []() -> Task<int> {
         int result = 0;
         try {
             Tracked const local(1);
             result = co_await throwing(Tracked(2));
         } catch (std::exception const&) { result = 42; }
         co_await yield_now();
         co_return result;
     }},
    {"an exception beside a local that was suspended", 2,
     []() -> Task<int> {
         int caught = 0;
         try {
             Tracked const local(1);
             co_await yield_now();
             throw 2;
         } catch (int n) { caught = n; }
         Tracked const t(caught);
         co_await yield_now();
         co_return t.number;
     }},
    {"an exception that is a temporary", 8,
     []() -> Task<int> {
         Tracked local(1);
         try {
             throw Tracked(8);
         } catch (Tracked const& thrown) { local = thrown; }
         co_await yield_now();
         co_return local.number;
     }},
    {"a result that is bound to a reference", 5,
     []() -> Task<int> {
         Tracked const& result = co_await tracked(5);
         co_await yield_now();
         co_return result.number;
     }},
    {"a result that nobody takes", 1,
     []() -> Task<int> {
         co_await tracked(5);
         co_await yield_now();
         co_return 1;
     }},
    {"a result assigned to a member", 5,
     []() -> Task<int> {
         Aggregate holder{Tracked(0), words};
         holder.tracked = co_await tracked(5);
         co_return holder.tracked.number;
     }},
    {"an await in co_return", 5, []() -> Task<int> { co_return (co_await tracked(5)).number; }},
    {"an await in an aggregate's braces", 5,
     []() -> Task<int> {
         Aggregate const holder{co_await tracked(5), words};
         co_await yield_now();
         co_return holder.tracked.number;
     },
     wrong},
    {"a temporary pair", 1,
     []() -> Task<int> {
         co_return co_await first_of(std::pair<Tracked, Tracked>(Tracked(1), Tracked(2)));
     }},
    {"a temporary optional", 1,
     []() -> Task<int> { co_return co_await number_or_zero(Tracked(1)); }},
    {"a temporary shared_ptr", 1,
     []() -> Task<int> { co_return co_await number_behind(std::make_shared<Tracked>(1)); }},
    {"a temporary unique_ptr", 1,
     []() -> Task<int> { co_return co_await number_owned(std::make_unique<Tracked>(1)); }},
    {"a literal for a string", 36, []() -> Task<int> { co_return co_await length(words); }},
#if IS_GCC == 0 || IS_GCC > 12
    // g++ 12 compiles none of these: an "internal compiler error" at the first, and "array used as
    // initializer" at the lists.
    {"an await in && and a temporary", 1,
     []() -> Task<int> {
         if (Tracked(1).number == 1 && co_await truth(true)) {
             co_return 1;
         }
         co_return 0;
     }},
    {"awaits in a braced list of numbers", 2,
     []() -> Task<int> {
         std::vector<int> const list{co_await number(1), co_await number(2)};
         co_return list[1];
     }},
    {"awaits in a braced list of objects", 2,
     []() -> Task<int> {
         std::vector<Tracked> const list{co_await tracked(1), co_await tracked(2)};
         co_return list[1].number;
     }},
#endif
};

// ---- Running them -----------------------------------------------------------------------------

/// Polls `polls` times at most, and drops what is not over then. True: it was over.
bool run(Pattern const& pattern, int polls) {
    Waker const waker = Waker::noop();
    Context cx(waker);
    Task<int> task = pattern.run();
    for (int i = 0; i < polls; ++i) {
        if (auto const poll = task.poll(cx); poll.is_ready()) {
            if (poll.value() != pattern.result) {
                faults |= wrong_result;
            }
            return true;
        }
    }
    return false;
}

/// The child's exit status: its faults.
int run_and_drop_everywhere(Pattern const& pattern) {
    ::alarm(20);
    std::signal(SIGSEGV, SIG_DFL);  // Catch2 would report a failure of ours
    std::signal(SIGBUS, SIG_DFL);
    for (int polls = 0;; ++polls) {
        bool const over = run(pattern, polls);
        if (!alive.empty()) {
            faults |= leaked;
        }
        if (over || faults != 0) {
            return faults;
        }
    }
}

std::string describe(Ended const& ended) {
    if (ended.signal != 0) {
        return "ended by signal " + std::to_string(ended.signal);
    }
    std::string text;
    for (auto const& [fault, name] :
         {std::pair(built_twice, " built twice"), std::pair(destroyed_twice, " destroyed twice"),
          std::pair(leaked, " leaked"), std::pair(wrong_result, " wrong result")}) {
        if ((ended.exit_status & fault) != 0) {
            text += name;
        }
    }
    return text + " (status " + std::to_string(ended.exit_status) + ")";
}

}  // namespace

TEST_CASE("coroutine patterns: every object lives once, wherever the task is dropped",
          "[async][coroutine_patterns]") {
    for (Pattern const& pattern : patterns) {
        Ended const ended = run_in_child([&] { return run_and_drop_everywhere(pattern); });
        bool const works = ended.exit_status == 0;
        bool const expected_wrong = IS_GCC == 12 && pattern.wrong_in_gcc_12;
        if (works && expected_wrong) {
            FAIL_CHECK(pattern.name << ": this g++ 12 compiles it rightly: take its mark away");
        } else if (!works && IS_GCC > 12 && pattern.wrong_in_gcc_12) {
            WARN(pattern.name << ": still wrong: " << describe(ended));
        } else if (!works && !expected_wrong) {
            FAIL_CHECK(pattern.name << ": " << describe(ended) << '\n' << ended.errors);
        } else {
            SUCCEED();
        }
    }
}
