#include "tandem/exercises/word_counter.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/bench.hpp"

using namespace tandem::bench;

namespace {

/// Of all counts, in the order of the words; the Rust peer computes the same.
std::uint64_t check(tandem::exercises::WordCounter const& counter) {
    auto counts = counter.top_n(std::numeric_limits<std::size_t>::max());
    std::sort(counts.begin(), counts.end());
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (auto const& [word, count] : counts) {
        for (char const c : word + '=' + std::to_string(count) + '\n') {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        }
    }
    return hash;
}

template <int texts>
Sample count_parallel() {
    std::ifstream file("english.txt", std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(file), {});
    std::vector<std::string_view> const all(texts, text);

    tandem::exercises::WordCounter const counter;
    Sample sample = once(1, [&] { counter.count_parallel(all); });
    sample.check = check(counter);
    return sample;
}

template <int texts>
Row row(std::string_view work) {
    return {.work = work, .goal = 0.5, .contenders = {{"tandem", count_parallel<texts>}}};
}

}  // namespace

int main(int argc, char** argv) {
    return serve(
        argc, argv,
        {row<1>("count_parallel, 1 text of 16 MB"), row<2>("count_parallel, 2 texts of 16 MB"),
         row<8>("count_parallel, 8 texts of 16 MB")});
}
