include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(tree ${BUILD}/harness/awaitables)

# A tree with this header and no other.
function(plant path)
  file(REMOVE_RECURSE ${tree})
  string(JOIN "\n" text ${ARGN})
  file(WRITE ${tree}/tandem/${path} "${text}\n")
endfunction()

function(header_is_accepted path)
  plant(${path} ${ARGN})
  accepts(-D INCLUDE=${tree})
endfunction()

function(header_is_rejected words path)
  plant(${path} ${ARGN})
  rejects("${words}" -D INCLUDE=${tree})
endfunction()

set(poll "    Poll<int> poll(Context& cx) {")

header_is_accepted(async/a.hpp
  "/// One." "///" "/// Cancel: nothing" "/// Wakes:  nobody" "template <class T>"
  "class [[nodiscard]] One {" "${poll}" "}"
  "template <>" "class One<void> {" "${poll}" "}")
header_is_accepted(async/a.hpp "/// No awaitable." "class One {" "    void other(Context& cx)")
header_is_accepted(async/a.hpp "///     Poll<int> poll(Context& cx)" "class One {")
header_is_accepted(async/a.hpp "namespace detail {" "class One {" "${poll}" "}  // namespace detail")
header_is_accepted(async/a.hpp "/// Holds one." "class One {" "}"
  "/// Cancel: nothing" "/// Wakes:  nobody" "template <class T>" "class One<T>::Inner {" "${poll}")
header_is_accepted(async/detail/a.hpp "class One {" "${poll}")
header_is_accepted(sync/a.hpp "class One {" "${poll}")

header_is_rejected("async/a.hpp: One has a poll, and no line `Cancel:`" async/a.hpp
  "/// Wakes:  nobody" "class One {" "${poll}")
header_is_rejected("async/a.hpp: One has a poll, and no line `Wakes:`" async/a.hpp
  "/// Cancel: nothing" "class One {" "${poll}")
header_is_rejected("async/deep/a.hpp: Two has a poll, and no line `Cancel:`" async/deep/a.hpp
  "/// Cancel: nothing" "/// Wakes:  nobody" "class One {" "${poll}" "}" "class Two {" "${poll}")
header_is_rejected("async/a.hpp: Inner has a poll, and no line `Wakes:`" async/a.hpp
  "/// Cancel: nothing" "/// Wakes:  nobody" "class One {" "    class Inner {"
  "        Poll<int> poll(Context& cx) {")
