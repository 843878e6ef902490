#include "tandem/thread/available_parallelism.hpp"

#include <sched.h>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "support/catch.hpp"
#include "support/child.hpp"
#include "tandem/thread/detail/cpu_limits.hpp"

namespace {

namespace fs = std::filesystem;
using namespace tandem;
using testing::run_in_child;
using thread::detail::cgroup_processors;
using thread::detail::no_limit;
using thread::detail::usable_processors;

/// A folder that looks like /sys/fs/cgroup, for as long as the test runs.
class Tree {
public:
    Tree() {
        std::string name = (fs::temp_directory_path() / "tandem_cgroup_XXXXXX").string();
        root_ = ::mkdtemp(name.data());
    }
    Tree(Tree const&) = delete;
    Tree& operator=(Tree const&) = delete;
    ~Tree() { fs::remove_all(root_); }

    void write(std::string const& file, std::string const& text) const {
        fs::path const path = root_ / file;
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    [[nodiscard]] std::size_t limit_for(std::string const& membership) const {
        return cgroup_processors(membership, root_.string());
    }

private:
    fs::path root_;
};

}  // namespace

TEST_CASE("available_parallelism: at least one, at most what the machine has",
          "[thread][available_parallelism]") {
    CHECK(thread::available_parallelism() >= 1);
    CHECK(thread::available_parallelism() <= usable_processors());
    CHECK(usable_processors() <= std::thread::hardware_concurrency());
}

TEST_CASE("available_parallelism: one under taskset to one processor",
          "[thread][available_parallelism]") {
    auto const ended = run_in_child([] {
        cpu_set_t allowed;
        ::sched_getaffinity(0, sizeof allowed, &allowed);
        int first = 0;
        while (!CPU_ISSET(first, &allowed)) {
            ++first;
        }
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        ::sched_setaffinity(0, sizeof one, &one);
        return static_cast<int>(thread::available_parallelism());
    });

    CHECK(ended.exit_status == 1);
}

TEST_CASE("cgroup_processors: version 2 limits by cpu.max", "[thread][available_parallelism]") {
    Tree const tree;

    SECTION("whole processors") {
        tree.write("job/cpu.max", "300000 100000\n");
        CHECK(tree.limit_for("0::/job\n") == 3);
    }
    SECTION("a part of one is cut off") {
        tree.write("job/cpu.max", "250000 100000\n");
        CHECK(tree.limit_for("0::/job\n") == 2);
    }
    SECTION("less than one is one") {
        tree.write("job/cpu.max", "10000 100000\n");
        CHECK(tree.limit_for("0::/job\n") == 1);
    }
    SECTION("max is none") {
        tree.write("job/cpu.max", "max 100000\n");
        CHECK(tree.limit_for("0::/job\n") == no_limit);
    }
    SECTION("the root of a container's own view") {
        tree.write("cpu.max", "400000 100000\n");
        CHECK(tree.limit_for("0::/\n") == 4);
    }
    SECTION("a path with spaces and colons in it, and no newline at the end") {
        tree.write("a b:c/cpu.max", "200000 100000\n");
        CHECK(tree.limit_for("0::/a b:c") == 2);
    }
}

TEST_CASE("cgroup_processors: the tightest limit on the way to the root binds",
          "[thread][available_parallelism]") {
    Tree const tree;
    tree.write("cpu.max", "900000 100000\n");
    tree.write("a/cpu.max", "max 100000\n");
    tree.write("a/b/cpu.max", "200000 100000\n");
    tree.write("a/b/c/cpu.max", "800000 100000\n");

    CHECK(tree.limit_for("0::/a/b/c\n") == 2);
    CHECK(tree.limit_for("0::/a/b\n") == 2);
    CHECK(tree.limit_for("0::/a\n") == 9);
}

TEST_CASE("cgroup_processors: version 1 limits by quota and period",
          "[thread][available_parallelism]") {
    Tree const tree;
    tree.write("cpu/job/cpu.cfs_quota_us", "500000\n");
    tree.write("cpu/job/cpu.cfs_period_us", "100000\n");
    tree.write("cpu/free/cpu.cfs_quota_us", "-1\n");
    tree.write("cpu/free/cpu.cfs_period_us", "100000\n");

    CHECK(tree.limit_for("5:memory:/x\n4:cpu,cpuacct:/job\n1:name=systemd:/x\n") == 5);
    CHECK(tree.limit_for("4:cpuacct,cpu:/job\n") == 5);
    CHECK(tree.limit_for("4:cpu:/job/deeper\n") == 5);
    CHECK(tree.limit_for("4:cpu:/free\n") == no_limit);
    CHECK(tree.limit_for("4:cpuset:/job\n") == no_limit);  // another controller's name begins so
}

TEST_CASE("cgroup_processors: both versions at once, the tighter binds",
          "[thread][available_parallelism]") {
    Tree const tree;
    tree.write("job/cpu.max", "600000 100000\n");
    tree.write("cpu/job/cpu.cfs_quota_us", "300000\n");
    tree.write("cpu/job/cpu.cfs_period_us", "100000\n");

    CHECK(tree.limit_for("4:cpu:/job\n0::/job\n") == 3);
}

TEST_CASE("cgroup_processors: what makes no sense limits nothing",
          "[thread][available_parallelism]") {
    std::string const text =
        GENERATE(as<std::string>(), "", "\n", "nonsense", "1", "1 ", " 1", "0 100000", "-5 100000",
                 "100000 0", "100000 -1", "99999999999999999999 100000", "1 99999999999999999999");
    Tree const tree;
    tree.write("job/cpu.max", text);

    CHECK(tree.limit_for("0::/job\n") == no_limit);
}

TEST_CASE("cgroup_processors: no files and no groups limit nothing",
          "[thread][available_parallelism]") {
    Tree const tree;

    for (char const* const membership :
         {"", "\n", ":", "::", "0::", "0::/", "0::/gone/away", "0::/../..", "a line without any"}) {
        CHECK(tree.limit_for(membership) == no_limit);
    }
    CHECK(cgroup_processors("0::/x\n", "/no/such/folder") == no_limit);
}
