# Shell code shared by examples/run, tests/run and .ci/run: finds what is needed, installs what is
# missing, configures and builds. The script that sources it has set $root, the checkout's folder.
#
# What these functions say goes to stderr: stdout belongs to the program that is run in the end.

# shellcheck shell=sh disable=SC2154  # root is the caller's

say() { printf '%s\n' "$@" >&2; }

die() {
    say "$@"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

cores() { getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2; }

# A closed stdin would give its number to the next file opened, by whichever program opens it.
open_stdin() {
    if ! (: <&0) 2>/dev/null; then
        exec </dev/null
    fi
}

# ---- Compilers ------------------------------------------------------------------------------

# gcc_major COMPILER, clang_major COMPILER: its version, 0 if it is of the other family.
gcc_major() {
    printf '#ifdef __clang__\n0\n#else\n__GNUC__\n#endif\n' | major_of "$1"
}
clang_major() {
    printf '#ifdef __clang__\n__clang_major__\n#else\n0\n#endif\n' | major_of "$1"
}
major_of() {
    major=$("$1" -E -P -x c++ - 2>/dev/null | tail -n 1)
    echo "${major:-0}"
}

# The g++ to use: the caller's $CXX, whatever it is, else the first that is new enough.
find_gcc() {
    if [ -n "${CXX:-}" ]; then
        command -v "$CXX" || die "CXX is set to $CXX, which is not there."
        return
    fi
    # A Mac's g++ is a clang in disguise. Whether it is new enough, CMake will say.
    if [ "$(uname -s)" = Darwin ]; then
        command -v clang++
        return
    fi
    for name in g++ g++-16 g++-15 g++-14 g++-13 g++-12; do
        if have $name && [ "$(gcc_major $name)" -ge 12 ]; then
            command -v $name
            return
        fi
    done
}

find_clang() {
    for name in clang++-19 clang++ clang++-22 clang++-21 clang++-20; do
        if have $name && [ "$(clang_major $name)" -ge 19 ]; then
            command -v $name
            return
        fi
    done
}

# A clang can come without its sanitizers' libraries.
has_sanitizers() {
    echo 'int main() {}' | "$1" -fsanitize=thread -x c++ - -o /dev/null 2>/dev/null
}

cmake_is_new_enough() {
    have cmake || return 1
    # shellcheck disable=SC2046  # two words, on purpose: major and minor
    set -- $(cmake --version | sed -n 's/^cmake version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
    [ "${1:-0}" -gt 3 ] || { [ "${1:-0}" -eq 3 ] && [ "${2:-0}" -ge 23 ]; }
}

# ---- What is missing, and how to get it -------------------------------------------------------

# has_header NAME: is it where Debian's packages and "make install" put it? Anyone who names other
# places to CMake is believed.
has_header() {
    [ -n "${CMAKE_PREFIX_PATH:-}" ] || [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]
}

# misses WHAT APT DNF BREW: notes it down. A dash: that system has no package for it.
misses() {
    missing="$missing
    $1"
    apt="$apt $2"
    [ "$3" = - ] || dnf="$dnf $3"
    [ "$4" = - ] || brew="$brew $4"
}

# look_around NEED...: sets $gcc, $clang and $missing. The needs are g++, clang, sanitizers, tests.
look_around() {
    missing='' apt='' dnf='' brew=''
    gcc=$(find_gcc) || exit 1
    clang=''

    if [ -z "$gcc" ]; then
        # The system's own g++ if it is new enough, else the oldest that is.
        if have g++; then
            misses "g++ 12 or newer" g++-12 gcc-c++ gcc
        else
            misses "g++ 12 or newer" g++ gcc-c++ gcc
        fi
    fi
    cmake_is_new_enough || misses "CMake 3.23 or newer" cmake cmake cmake
    have ninja || misses "Ninja" ninja-build ninja-build ninja

    # Elsewhere CMake looks for the libraries, and says itself what to do.
    if have apt-get; then
        has_header fmt/format.h || misses "fmt" libfmt-dev fmt-devel fmt
    fi

    for need in "$@"; do
        case $need in
        clang)
            clang=$(find_clang)
            [ -n "$clang" ] || misses "clang 19 or newer" clang-19 clang llvm
            ;;
        sanitizers)
            if [ -z "$clang" ]; then
                misses "clang's sanitizers" libclang-rt-19-dev compiler-rt -
            elif ! has_sanitizers "$clang"; then
                misses "clang's sanitizers" "libclang-rt-$(clang_major "$clang")-dev" compiler-rt -
            fi
            ;;
        tests)
            have pkg-config || misses "pkg-config" pkg-config pkgconf pkgconf
            have python3 || misses "Python 3" python3 python3 python
            if have apt-get && ! has_header catch2/catch.hpp &&
                ! has_header catch2/catch_test_macros.hpp; then
                misses "Catch2" catch2 catch-devel catch2
            fi
            ;;
        esac
    done
}

# as_root COMMAND...: fails with 127 if there is no way to become root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    elif have sudo && [ -t 0 ] && [ -t 2 ]; then
        sudo "$@"
    else
        return 127
    fi
}

install_missing() {
    say "tandem needs, and does not find:$missing" ""
    if ! have apt-get; then
        say "Install it, with the tests' and examples' libraries, then start this again:
    dnf:    sudo dnf install$dnf fmt-devel catch-devel
    brew:   brew install$brew fmt catch2
    vcpkg:  vcpkg install fmt catch2        (the libraries alone)"
        exit 1
    fi
    if ! as_root true; then
        say "You have no rights to install it here. Let someone who has run this, then start again:

    sudo apt-get update && sudo apt-get install -y$apt
"
        exit 1
    fi

    say "Installing with apt-get:$apt" ""
    # One repository out of reach does not mean that the package is.
    as_root apt-get -q update </dev/null >&2 || say "apt-get update failed; trying all the same."
    # shellcheck disable=SC2086  # a list of names
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends $apt </dev/null >&2 ||
        die "apt-get could not install:$apt"
    say ""
}

# prepare NEED...: everything the named needs require is there when it returns.
prepare() {
    look_around "$@"
    [ -n "$missing" ] || return 0
    install_missing
    look_around "$@"
    [ -z "$missing" ] || die "This system's packages are too old. Still missing:$missing"
}

# ---- Configure and build ----------------------------------------------------------------------

# calmly PRESET COMMAND...: where a sanitizer is at work, without the random placing of memory that
# newer kernels widen beyond what older sanitizers can follow.
calmly() {
    preset=$1
    shift
    case $preset in
    asan* | tsan*)
        if have setarch && setarch "$(uname -m)" -R true 2>/dev/null; then
            setarch "$(uname -m)" -R "$@"
            return
        fi
        ;;
    esac
    "$@"
}

# build PRESET: into build/PRESET. The second time it builds only what has changed.
build() {
    folder=$root/build/$1
    case $1 in
    *-clang) compiler=$clang ;;
    *) compiler=$gcc ;;
    esac

    # CMake keeps the compiler and the place it began with; others need a fresh start.
    if [ -f "$folder/CMakeCache.txt" ] && {
        ! grep -q "^CMAKE_CXX_COMPILER:[A-Z]*=$compiler\$" "$folder/CMakeCache.txt" ||
            ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"
    }; then
        rm -rf "$folder"
    fi

    mkdir -p "$folder"
    if ! (cd "$root" && cmake --preset "$1" "-DCMAKE_CXX_COMPILER=$compiler") \
        >"$folder/configure.log" 2>&1; then
        cat "$folder/configure.log" >&2
        return 1
    fi
    say "Building $1 with ${compiler##*/} in ${folder#"$PWD"/}"
    calmly "$1" cmake --build "$folder" --parallel "$(cores)" >&2
}
